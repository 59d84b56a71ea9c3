using System.Runtime.InteropServices;

namespace BpfSharp.Benchmarks;

/// <summary>CPU time of the calling thread: what other processes on a loaded machine do not disturb.</summary>
internal static unsafe class CpuClock
{
    private const int ThreadCpuTime = 3;

    private static readonly delegate* unmanaged[SuppressGCTransition]<int, long*, int> s_clock =
        (delegate* unmanaged[SuppressGCTransition]<int, long*, int>)NativeLibrary.GetExport(
            NativeLibrary.Load("libc.so.6"), "clock_gettime");

    /// <summary>Nanoseconds.</summary>
    public static long Now
    {
        get
        {
            long* time = stackalloc long[2];
            _ = s_clock(ThreadCpuTime, time);
            return time[0] * 1_000_000_000 + time[1];
        }
    }
}
