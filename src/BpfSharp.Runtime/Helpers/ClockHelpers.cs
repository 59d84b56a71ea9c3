using System.Diagnostics;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Helpers;

/// <summary>Clocks, random numbers and the processor's place.</summary>
internal static class ClockHelpers
{
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const long NanosecondsPerTick = 100;
    private const int JiffiesPerSecond = 250;
    private const long TaiOffsetSeconds = 37;

    /// <summary>Their rows.</summary>
    public static HelperRow[] Rows { get; } =
    [
        new(5, "ktime_get_ns", Monotonic),
        new(7, "get_prandom_u32", RandomNumber),
        new(42, "get_numa_node_id", NumaNode),
        new(118, "jiffies64", Jiffies),
        new(125, "ktime_get_boot_ns", Monotonic),
        new(160, "ktime_get_coarse_ns", Monotonic),
        new(208, "ktime_get_tai_ns", Tai),
    ];

    /// <summary>Nanoseconds of the monotonic clock: on Linux the same as the kernel's <c>CLOCK_MONOTONIC</c>.</summary>
    public static ulong Now()
    {
        long ticks = Stopwatch.GetTimestamp();
        long frequency = Stopwatch.Frequency;
        return frequency == NanosecondsPerSecond
            ? (ulong)ticks
            : (ulong)((Int128)ticks * NanosecondsPerSecond / frequency);
    }

    private static ulong Monotonic(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => Now();

    private static ulong Tai(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        (ulong)(((DateTime.UtcNow - DateTime.UnixEpoch).Ticks * NanosecondsPerTick) + (TaiOffsetSeconds * NanosecondsPerSecond));

    private static ulong Jiffies(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        Now() / (NanosecondsPerSecond / JiffiesPerSecond);

    private static ulong RandomNumber(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        (uint)Random.Shared.NextInt64(1L << 32);

    private static ulong NumaNode(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => 0;
}
