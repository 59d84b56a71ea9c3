using System.Runtime.Versioning;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Maps;
using BpfSharp.Maps;

namespace BpfSharp.Linux.Buffers;

/// <summary>The writing end of a user ring buffer: the mirror image of a kernel ring buffer.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class UserRingBufferWriter : RecordWriter
{
    private const uint Busy = 1u << 31;
    private const uint Discarded = 1u << 30;
    private const int HeaderBytes = 8;

    private readonly KernelMap _map;
    private readonly ulong* _consumer;
    private readonly ulong* _producer;
    private readonly byte* _data;
    private readonly nuint _size;

    private UserRingBufferWriter(KernelMap map, byte* consumer, byte* producer, nuint size) : base(map.Name)
    {
        _map = map;
        _consumer = (ulong*)consumer;
        _producer = (ulong*)producer;
        _data = producer + Libc.PageSize;
        _size = size;
    }

    /// <summary>Maps the buffer.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    internal static UserRingBufferWriter Open(KernelMap map)
    {
        nuint size = map.Spec.MaxEntries;
        nuint page = (nuint)Libc.PageSize;
        int fd = map.FileDescriptor;
        byte* consumer = Libc.Mmap(fd, page, Libc.ProtRead, 0, out int errno);
        byte* producer = consumer is null ? null : Libc.Mmap(fd, page + (2 * size), Libc.ProtRead | Libc.ProtWrite, (long)page, out errno);
        if (producer is null)
        {
            if (consumer is not null)
            {
                _ = Libc.Munmap((nint)consumer, page);
            }

            throw KernelException.Refused("BPF5010", $"map '{map.Name}'", "mmap", errno);
        }

        return new UserRingBufferWriter(map, consumer, producer, size);
    }

    protected override nint Reserve(int bytes)
    {
        ulong total = (ulong)bytes + HeaderBytes + 7 & ~7ul;
        ulong consumed = Volatile.Read(ref *_consumer);
        ulong produced = *_producer;
        if (total > _size || _size - (produced - consumed) < total)
        {
            return 0;
        }

        byte* header = _data + (produced & (_size - 1));
        *(uint*)(header + 4) = 0;
        Volatile.Write(ref *(uint*)header, (uint)bytes | Busy);
        Volatile.Write(ref *_producer, produced + total);
        return (nint)(header + HeaderBytes);
    }

    protected internal override void Commit(nint address, bool discard)
    {
        ref uint length = ref *(uint*)(address - HeaderBytes);
        Volatile.Write(ref length, (length & ~Busy) | (discard ? Discarded : 0));
    }

    protected override void Close()
    {
        _ = Libc.Munmap((nint)_consumer, (nuint)Libc.PageSize);
        _ = Libc.Munmap((nint)_producer, (nuint)Libc.PageSize + (2 * _size));
        _map.EndOpen();
    }
}
