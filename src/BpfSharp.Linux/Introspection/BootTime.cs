using System.Globalization;
using System.Runtime.Versioning;

namespace BpfSharp.Linux.Introspection;

/// <summary>When the system started: the kernel counts load times from there.</summary>
[SupportedOSPlatform("linux")]
internal static class BootTime
{
    internal static DateTimeOffset Start { get; } = Find();

    private static DateTimeOffset Find()
    {
        try
        {
            string text = File.ReadAllText("/proc/uptime");
            double seconds = double.Parse(text.AsSpan(0, text.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
            return DateTimeOffset.Now - TimeSpan.FromSeconds(seconds);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or ArgumentException)
        {
            return DateTimeOffset.UnixEpoch;
        }
    }
}
