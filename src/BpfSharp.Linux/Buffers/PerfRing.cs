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
    private const int HeaderBytes = 8;

    private readonly byte* _base;
    private readonly nuint _mapped;

    private readonly Stack<ulong> _older = [];
    private bool _paused;

    private PerfRing(BpfHandle handle, int cpu, byte* start, nuint mapped, bool isOverwritten)
    {
        IsOverwritten = isOverwritten;
        Handle = handle;
        Cpu = cpu;
        _base = start;
        _mapped = mapped;
        Bytes = mapped - (nuint)Libc.PageSize;
        Position = Volatile.Read(ref *(ulong*)(start + (isOverwritten ? HeadOffset : TailOffset)));
    }

    internal BpfHandle Handle { get; }

    internal int Cpu { get; }

    /// <summary>Size of the data, a power of two.</summary>
    internal nuint Bytes { get; }

    internal byte* Data => _base + Libc.PageSize;

    /// <summary>Whether the newest records replace the oldest: the kernel then writes from the end to the start.</summary>
    internal bool IsOverwritten { get; }

    /// <summary>How far the consumer is.</summary>
    internal ulong Position { get; set; }

    internal ulong Head => Volatile.Read(ref *(ulong*)(_base + HeadOffset));

    /// <summary>Opens and maps a CPU's buffer.</summary>
    /// <param name="cpu">The CPU.</param>
    /// <param name="pages">Pages of data, a power of two.</param>
    /// <param name="watermark">Bytes after which a waiter is woken; 0 for every record.</param>
    /// <param name="overwrite">Whether the newest records replace the oldest.</param>
    /// <param name="errno">Positive errno on failure; ENODEV if the CPU is offline.</param>
    internal static PerfRing? Open(int cpu, int pages, int watermark, bool overwrite, out int errno)
    {
        PerfEventAttr attr = new()
        {
            Type = PerfEventOpen.TypeSoftware,
            Config = PerfEventOpen.SoftwareBpfOutput,
            SampleType = PerfEventOpen.SampleRaw,
            SamplePeriodOrFrequency = 1,
            WakeupEventsOrWatermark = watermark > 0 ? (uint)watermark : 1,
            Flags = (watermark > 0 ? PerfEventOpen.FlagWatermark : 0) | (overwrite ? PerfEventOpen.FlagWriteBackward : 0),
        };
        BpfHandle? handle = PerfEventOpen.Open(ref attr, -1, cpu, out errno);
        if (handle is null)
        {
            return null;
        }

        nuint bytes = (nuint)((1 + pages) * Libc.PageSize);
        // A buffer its reader cannot write to is one the kernel overwrites.
        byte* start = Libc.Mmap(handle.Fd, bytes, overwrite ? Libc.ProtRead : Libc.ProtRead | Libc.ProtWrite, 0, out errno);
        if (start is null)
        {
            handle.Dispose();
            return null;
        }

        return new PerfRing(handle, cpu, start, bytes, overwrite);
    }

    /// <summary>The header of the oldest record not read yet, of a buffer that is overwritten; <see langword="null"/> if there is none.</summary>
    /// <remarks>The buffer is paused while records of it are out, so that none changes under its reader.</remarks>
    internal byte* NextOlder()
    {
        ulong mask = Bytes - 1;
        if (_older.Count == 0 && !_paused && Head != Position)
        {
            Pause(true);
            // The newest is at the head; older ones follow up to where the last look began, or to what is overwritten.
            ulong head = Head;
            ulong end = Position - head > Bytes ? head + Bytes : Position;
            for (ulong at = head; at + HeaderBytes <= end;)
            {
                int size = *(ushort*)(Data + (at & mask) + 6);
                if (size < HeaderBytes || at + (ulong)size > end)
                {
                    break;
                }

                _older.Push(at);
                at += (ulong)size;
            }

            Position = head;
        }

        return _older.TryPop(out ulong next) ? Data + (next & mask) : null;
    }

    /// <summary>Gives what was read back to the kernel.</summary>
    internal void Release()
    {
        if (!IsOverwritten)
        {
            Volatile.Write(ref *(ulong*)(_base + TailOffset), Position);
        }
        else if (_paused && _older.Count == 0)
        {
            Pause(false);
        }
    }

    private void Pause(bool pause)
    {
        _ = Libc.Ioctl(Handle.Fd, PerfEventOpen.IoctlPauseOutput, pause ? 1 : 0);
        _paused = pause;
    }

    public void Dispose()
    {
        _ = Libc.Munmap((nint)_base, _mapped);
        Handle.Dispose();
    }
}
