using System.Runtime.Versioning;
using BpfSharp.Linux.Interop;

namespace BpfSharp.Linux.Buffers;

/// <summary>One CPU's perf buffer, mapped.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class PerfRing : IDisposable
{
    // struct perf_event_mmap_page: data_head and data_tail.
    private const int HeadOffset = 1024;
    private const int TailOffset = 1032;

    private readonly byte* _base;
    private readonly nuint _mapped;

    private PerfRing(BpfHandle handle, int cpu, byte* start, nuint mapped)
    {
        Handle = handle;
        Cpu = cpu;
        _base = start;
        _mapped = mapped;
        Bytes = mapped - (nuint)Libc.PageSize;
        Position = Volatile.Read(ref *(ulong*)(start + TailOffset));
    }

    internal BpfHandle Handle { get; }

    internal int Cpu { get; }

    /// <summary>Size of the data, a power of two.</summary>
    internal nuint Bytes { get; }

    internal byte* Data => _base + Libc.PageSize;

    /// <summary>How far the consumer is.</summary>
    internal ulong Position { get; set; }

    internal ulong Head => Volatile.Read(ref *(ulong*)(_base + HeadOffset));

    /// <summary>Opens and maps a CPU's buffer.</summary>
    /// <param name="cpu">The CPU.</param>
    /// <param name="pages">Pages of data, a power of two.</param>
    /// <param name="watermark">Bytes after which a waiter is woken; 0 for every record.</param>
    /// <param name="errno">Positive errno on failure; ENODEV if the CPU is offline.</param>
    internal static PerfRing? Open(int cpu, int pages, int watermark, out int errno)
    {
        PerfEventAttr attr = new()
        {
            Type = PerfEventOpen.TypeSoftware,
            Config = PerfEventOpen.SoftwareBpfOutput,
            SampleType = PerfEventOpen.SampleRaw,
            SamplePeriodOrFrequency = 1,
            WakeupEventsOrWatermark = watermark > 0 ? (uint)watermark : 1,
            Flags = watermark > 0 ? PerfEventOpen.FlagWatermark : 0,
        };
        BpfHandle? handle = PerfEventOpen.Open(ref attr, -1, cpu, out errno);
        if (handle is null)
        {
            return null;
        }

        nuint bytes = (nuint)((1 + pages) * Libc.PageSize);
        byte* start = Libc.Mmap(handle.Fd, bytes, Libc.ProtRead | Libc.ProtWrite, 0, out errno);
        if (start is null)
        {
            handle.Dispose();
            return null;
        }

        return new PerfRing(handle, cpu, start, bytes);
    }

    /// <summary>Gives what was read back to the kernel.</summary>
    internal void Release() => Volatile.Write(ref *(ulong*)(_base + TailOffset), Position);

    public void Dispose()
    {
        _ = Libc.Munmap((nint)_base, _mapped);
        Handle.Dispose();
    }
}
