using System.Diagnostics;

namespace BpfSharp.Language;

/// <summary>The kernel's helpers, as methods. Run as plain C#, each does what it can in this process, or says that it cannot.</summary>
public static partial class Bpf
{
    /// <summary>Nanoseconds since boot, without time spent suspended (<c>bpf_ktime_get_ns</c>).</summary>
    [BpfHelperCall(5)]
    public static ulong KtimeGetNs() => (ulong)(Stopwatch.GetTimestamp() * (1_000_000_000.0 / Stopwatch.Frequency));
}
