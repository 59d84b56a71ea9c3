using System.Runtime.Versioning;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Maps;
using BpfSharp.Maps;

namespace BpfSharp.Linux.Buffers;

/// <summary>The reading end of a kernel ring buffer: its pages mapped into this process, records in place.</summary>
/// <remarks>
/// Layout: one page with the consumer's position (ours to write), one with the producer's, then the data twice in a row,
/// so that every record is contiguous. A record is an 8-byte header (length with two flags, page offset) and its bytes.
/// </remarks>
[SupportedOSPlatform("linux")]
internal sealed unsafe class RingBufferReader : RecordReader
{
    private const uint Busy = 1u << 31;
    private const uint Discarded = 1u << 30;
    private const int HeaderBytes = 8;

    private readonly KernelMap _map;
    private readonly ReaderWaiting _waiting;
    private readonly BpfHandle _handle;
    private readonly nuint _dataBytes;
    private readonly ulong* _consumer;
    private readonly ulong* _producer;
    private readonly byte* _data;
    private readonly ulong _mask;
    private ulong _position;

    private RingBufferReader(KernelMap map, BpfHandle handle, ulong* consumer, ulong* producer, nuint dataBytes) : base(map.Name)
    {
        _map = map;
        _handle = handle;
        _consumer = consumer;
        _producer = producer;
        _data = (byte*)producer + Libc.PageSize;
        _dataBytes = dataBytes;
        _mask = dataBytes - 1;
        _position = Volatile.Read(ref *consumer);
        _waiting = new ReaderWaiting(handle.Fd);
    }

    /// <summary>Maps the buffer.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    internal static RingBufferReader Open(KernelMap map)
    {
        nuint size = map.Spec.MaxEntries;
        nuint page = (nuint)Libc.PageSize;
        BpfHandle handle = map.Handle.Duplicate();
        byte* consumer = Libc.Mmap(handle.Fd, page, Libc.ProtRead | Libc.ProtWrite, 0, out int errno);
        byte* producer = consumer is null ? null : Libc.Mmap(handle.Fd, page + (2 * size), Libc.ProtRead, (long)page, out errno);
        if (producer is null)
        {
            if (consumer is not null)
            {
                _ = Libc.Munmap((nint)consumer, page);
            }

            handle.Dispose();
            throw KernelException.Refused("BPF5010", $"map '{map.Name}'", "mmap", errno);
        }

        return new RingBufferReader(map, handle, (ulong*)consumer, (ulong*)producer, size);
    }

    /// <summary>Unknown: the kernel does not count what did not fit; programs can, where the helper fails.</summary>
    public override long? Lost => null;

    /// <summary>Bytes written and not yet read.</summary>
    internal ulong Pending => Volatile.Read(ref *_producer) - Volatile.Read(ref *_consumer);

    protected override int Take(Span<RecordSlice> slices)
    {
        // In registers: the loop runs once for each record, and everything in it counts.
        byte* data = _data;
        ulong mask = _mask;
        ulong position = _position;
        ulong end = Volatile.Read(ref *_producer);
        int count = 0;
        while (position < end && (uint)count < (uint)slices.Length)
        {
            byte* header = data + (position & mask);
            uint length = Volatile.Read(ref *(uint*)header);
            if ((length & (Busy | Discarded)) != 0)
            {
                if ((length & Busy) != 0)
                {
                    // Reserved and not yet submitted: it and all after it wait.
                    break;
                }

                position += (length & ~Discarded) + HeaderBytes + 7 & ~7ul;
                continue;
            }

            position += length + HeaderBytes + 7 & ~7ul;
            slices[count++] = new RecordSlice((nint)(header + HeaderBytes), (int)length, -1);
        }

        _position = position;
        if (count == 0)
        {
            // Only discarded records, if any: nobody holds them.
            Release();
        }

        return count;
    }

    protected override void Release() => Volatile.Write(ref *_consumer, _position);

    protected override void Wait(TimeSpan timeout, CancellationToken cancellationToken) => _waiting.Wait(timeout, cancellationToken);

    protected override ValueTask WaitAsync(CancellationToken cancellationToken) => _waiting.WaitAsync(cancellationToken);

    protected override void Wake() => _waiting.Wake();

    protected override void Close()
    {
        _waiting.Dispose();
        _ = Libc.Munmap((nint)_consumer, (nuint)Libc.PageSize);
        _ = Libc.Munmap((nint)_producer, (nuint)Libc.PageSize + (2 * _dataBytes));
        _handle.Dispose();
        _map.EndOpen();
    }
}
