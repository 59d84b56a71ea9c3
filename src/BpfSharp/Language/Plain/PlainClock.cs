using System.Diagnostics;

namespace BpfSharp.Language;

/// <summary>Clocks for plain C#.</summary>
internal static class PlainClock
{
    /// <summary>Nanoseconds since boot.</summary>
    public static ulong Monotonic => (ulong)(Stopwatch.GetTimestamp() * (1_000_000_000.0 / Stopwatch.Frequency));

    /// <summary>Nanoseconds since 1970, international atomic time (37 s ahead of UTC).</summary>
    public static ulong Tai => (ulong)(DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100 + 37_000_000_000;
}
