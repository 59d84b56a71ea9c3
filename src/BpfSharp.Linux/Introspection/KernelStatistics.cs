using System.Runtime.Versioning;
using BpfSharp.Linux.Interop;

namespace BpfSharp.Linux.Introspection;

/// <summary>Counting of runs and run times of all programs, on while at least one holder lives (Linux 5.8).</summary>
[SupportedOSPlatform("linux")]
public sealed class KernelStatistics : IDisposable
{
    private readonly BpfHandle _handle;

    private KernelStatistics(BpfHandle handle) => _handle = handle;

    /// <summary>Turns it on; a run costs some 20 ns more meanwhile.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public static KernelStatistics Enable()
    {
        // BPF_STATS_RUN_TIME
        TwoWordsAttr attr = new() { First = 0 };
        return new KernelStatistics(BpfSyscall.TryOpen(BpfCommand.EnableStats, ref attr, out int errno)
            ?? throw KernelException.Refused("BPF5025", "statistics", "BPF_ENABLE_STATS", errno));
    }

    /// <summary>Turns it off, unless someone else holds it on.</summary>
    public void Dispose() => _handle.Dispose();
}
