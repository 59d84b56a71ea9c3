using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Maps;
using BpfSharp.Maps;

namespace BpfSharp.Linux.Buffers;

/// <summary>How a perf buffer is opened.</summary>
public sealed record PerfBufferOptions
{
    /// <summary>Pages of data per CPU, a power of two.</summary>
    public int PagesPerCpu { get; init; } = 64;

    /// <summary>Bytes of a CPU's buffer after which a waiting reader is woken; 0 wakes it for every record.</summary>
    public int WatermarkBytes { get; init; }

    /// <summary>
    /// Whether the newest records replace the oldest, as of a flight recorder: a read gives what the buffers hold, oldest first of
    /// each CPU, and how many were replaced is unknown (<see cref="RecordReader.Lost"/> is <see langword="null"/>). While records of a CPU
    /// are out, that CPU's programs cannot write.
    /// </summary>
    public bool Overwrite { get; init; }
}

/// <summary>The reading end of a perf event array: a buffer per online CPU, records in place where they do not wrap.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class PerfBufferReader : RecordReader
{
    private const uint RecordLost = 2;
    private const uint RecordSample = 9;
    private const int HeaderBytes = 8;
    private const int SampleHeaderBytes = 12;
    private const int EpollAdd = 1;

    private readonly KernelMap _map;
    private readonly List<PerfRing> _rings;
    private readonly BpfHandle _epoll;
    private readonly ReaderWaiting _waiting;
    private readonly List<nint> _copies = [];
    private readonly bool _overwrite;
    private long _lost;
    private int _next;

    private PerfBufferReader(KernelMap map, List<PerfRing> rings, BpfHandle epoll, bool overwrite) : base(map.Name)
    {
        _overwrite = overwrite;
        _map = map;
        _rings = rings;
        _epoll = epoll;
        _waiting = new ReaderWaiting(epoll.Fd);
    }

    public override long? Lost => _overwrite ? null : Interlocked.Read(ref _lost);

    /// <summary>Opens a buffer for every online CPU the map has a slot for.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    internal static PerfBufferReader Open(KernelMap map, PerfBufferOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(System.Numerics.BitOperations.IsPow2(options.PagesPerCpu), true, nameof(options));
        List<PerfRing> rings = [];
        int epollFd = Libc.EpollCreate(0x80000);
        BpfHandle? epoll = epollFd < 0 ? null : BpfHandle.Of(epollFd);
        try
        {
            for (int cpu = 0; cpu < Math.Min(Libc.PossibleCpus, map.Spec.MaxEntries); cpu++)
            {
                PerfRing? ring = PerfRing.Open(cpu, options.PagesPerCpu, options.WatermarkBytes, options.Overwrite, out int errno);
                if (ring is null && errno == Errno.Enodev)
                {
                    // The CPU is offline: programs do not run there.
                    continue;
                }

                rings.Add(ring ?? throw KernelException.Refused("BPF5010", $"map '{map.Name}'", "perf_event_open", errno, $"buffer of CPU {cpu}"));
                Connect(map, ring, epollFd);
            }

            PerfBufferReader reader = new(map, rings, epoll!, options.Overwrite);
            (rings, epoll) = ([], null);
            return reader;
        }
        finally
        {
            rings.ForEach(ring => ring.Dispose());
            epoll?.Dispose();
        }
    }

    protected override int Take(Span<RecordSlice> slices)
    {
        int count = 0;
        // Start with another CPU each time, so that a busy one does not starve the rest.
        for (int i = 0; i < _rings.Count && count < slices.Length; i++)
        {
            PerfRing ring = _rings[(_next + i) % _rings.Count];
            count += _overwrite ? TakeOverwritten(ring, slices[count..]) : TakeFrom(ring, slices[count..]);
        }

        _next = _rings.Count == 0 ? 0 : (_next + 1) % _rings.Count;
        if (count == 0)
        {
            Release();
        }

        return count;
    }

    protected override void Release()
    {
        foreach (PerfRing ring in _rings)
        {
            ring.Release();
        }

        foreach (nint copy in _copies)
        {
            NativeMemory.Free((void*)copy);
        }

        _copies.Clear();
    }

    protected override void Wait(TimeSpan timeout, CancellationToken cancellationToken) => _waiting.Wait(timeout, cancellationToken);

    protected override ValueTask WaitAsync(CancellationToken cancellationToken) => _waiting.WaitAsync(cancellationToken);

    protected override void Wake() => _waiting.Wake();

    protected override void Close()
    {
        _waiting.Dispose();
        byte* key = stackalloc byte[4];
        foreach (PerfRing ring in _rings)
        {
            if (!_map.Handle.IsClosed)
            {
                *(int*)key = ring.Cpu;
                _ = _map.Delete(new ReadOnlySpan<byte>(key, 4));
            }

            ring.Dispose();
        }

        _rings.Clear();
        _epoll.Dispose();
        _map.EndOpen();
    }

    private static void Connect(KernelMap map, PerfRing ring, int epoll)
    {
        Span<byte> key = stackalloc byte[4];
        Span<byte> value = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(key, ring.Cpu);
        BinaryPrimitives.WriteInt32LittleEndian(value, ring.Handle.Fd);
        int result = map.Update(key, value);
        byte* record = stackalloc byte[16];
        Unsafe.WriteUnaligned(record, 1u);
        if (result < 0 || (result = Libc.Ioctl(ring.Handle.Fd, PerfEventOpen.IoctlEnable, 0)) < 0
            || (result = Libc.EpollControl(epoll, EpollAdd, ring.Handle.Fd, record)) < 0)
        {
            throw KernelException.Refused("BPF5010", $"map '{map.Name}'", "BPF_MAP_UPDATE_ELEM", -result, $"buffer of CPU {ring.Cpu}");
        }
    }

    private int TakeFrom(PerfRing ring, Span<RecordSlice> slices)
    {
        int count = 0;
        ulong head = ring.Head;
        ulong mask = ring.Bytes - 1;
        while (ring.Position < head && count < slices.Length)
        {
            // Headers are 8 bytes at multiples of 8: they never wrap. The rest of a record may.
            byte* header = ring.Data + (ring.Position & mask);
            uint type = *(uint*)header;
            int size = *(ushort*)(header + 6);
            if (size < HeaderBytes)
            {
                break;
            }

            if (type == RecordSample)
            {
                slices[count++] = Sample(ring, header, size);
            }
            else if (type == RecordLost)
            {
                byte* record = Contiguous(ring, header, size);
                Interlocked.Add(ref _lost, (long)*(ulong*)(record + HeaderBytes + 8));
            }

            ring.Position += (ulong)size;
        }

        return count;
    }

    private int TakeOverwritten(PerfRing ring, Span<RecordSlice> slices)
    {
        int count = 0;
        while (count < slices.Length && ring.NextOlder() is var header && header != null)
        {
            if (*(uint*)header == RecordSample)
            {
                slices[count++] = Sample(ring, header, *(ushort*)(header + 6));
            }
        }

        return count;
    }

    private RecordSlice Sample(PerfRing ring, byte* header, int size)
    {
        byte* record = Contiguous(ring, header, size);
        int bytes = Math.Min(*(int*)(record + HeaderBytes), size - SampleHeaderBytes);
        return new RecordSlice((nint)(record + SampleHeaderBytes), bytes, ring.Cpu);
    }

    private byte* Contiguous(PerfRing ring, byte* header, int size)
    {
        nuint first = (nuint)(ring.Data + ring.Bytes - header);
        if (first >= (nuint)size)
        {
            return header;
        }

        byte* copy = (byte*)NativeMemory.Alloc((nuint)size);
        _copies.Add((nint)copy);
        Buffer.MemoryCopy(header, copy, size, (long)first);
        Buffer.MemoryCopy(ring.Data, copy + first, size, size - (long)first);
        return copy;
    }
}
