using System.Globalization;
using System.Runtime.Versioning;

namespace BpfSharp.Linux.Features;

/// <summary>What this process may do, from /proc.</summary>
[SupportedOSPlatform("linux")]
internal static class DoctorFacts
{
    internal const int NetAdmin = 12;
    internal const int SysAdmin = 21;
    internal const int SysResource = 24;
    internal const int Syslog = 34;
    internal const int Perfmon = 38;
    internal const int Bpf = 39;

    /// <summary>Whether it has what programs of every type need.</summary>
    internal static bool HasCapabilities => Has(SysAdmin) || (Has(Bpf) && Has(Perfmon) && Has(NetAdmin));

    internal static bool Has(int capability)
    {
        string text = Status("CapEff");
        return ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong set) && (set >> capability & 1) != 0;
    }

    /// <summary>A line of /proc/self/status; empty if absent.</summary>
    internal static string Status(string name)
    {
        foreach (string line in Lines("/proc/self/status"))
        {
            if (line.StartsWith(name + ":", StringComparison.Ordinal))
            {
                return line[(name.Length + 1)..].Trim();
            }
        }

        return "";
    }

    /// <summary>A file's text without its end of line; empty if it cannot be read.</summary>
    internal static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>Whether this is a user namespace of its own, where capabilities do not count for bpf(2).</summary>
    internal static bool IsInUserNamespace => !Text("/proc/self/uid_map").Contains("4294967295", StringComparison.Ordinal);

    private static string[] Lines(string path) => Text(path).Split('\n');
}
