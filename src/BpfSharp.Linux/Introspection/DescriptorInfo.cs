using System.Globalization;
using System.Runtime.Versioning;

namespace BpfSharp.Linux.Introspection;

/// <summary>What /proc tells of a descriptor: lines of <c>name:</c> tab <c>value</c>.</summary>
[SupportedOSPlatform("linux")]
internal readonly struct DescriptorInfo(string text)
{
    internal static DescriptorInfo Read(int process, int descriptor)
    {
        try
        {
            return new DescriptorInfo(File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/fdinfo/{descriptor}")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new DescriptorInfo("");
        }
    }

    internal long? Number(string name)
    {
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            if (line.Length > name.Length && line[name.Length] == ':' && line.StartsWith(name, StringComparison.Ordinal)
                && long.TryParse(line[(name.Length + 1)..].Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
            {
                return number;
            }
        }

        return null;
    }
}
