using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Maps;

namespace BpfSharp.Runtime.Maps;

/// <summary>A ring of records in the kernel's layout: many producers, one consumer, records committed in any order.</summary>
/// <remarks>
/// Each record has an 8-byte header: length with a busy and a discard bit, and the CPU slot that wrote it. Memory is twice the
/// ring's size, so that a record that would wrap runs on behind the end: every reader starts at a header inside the ring and
/// reads straight on, so nothing has to be mapped twice. Positions only grow; the ring is full as the kernel's is, when the
/// records not yet consumed and the new one exceed size - 1.
/// </remarks>
internal sealed unsafe class RecordRing
{
    /// <summary>Bytes of a record's header.</summary>
    public const int HeaderBytes = 8;

    /// <summary>Set in a header's length while the record is being written.</summary>
    public const uint BusyBit = 1u << 31;

    /// <summary>Set in a header's length if the reader is to skip the record.</summary>
    public const uint DiscardBit = 1u << 30;

    private const int LineBytes = 64;

    private readonly byte* _data;
    private readonly Positions* _at;
    private readonly ulong _mask;

    [StructLayout(LayoutKind.Explicit, Size = 4 * LineBytes)]
    private struct Positions
    {
        [FieldOffset(0)] public ulong Consumer;
        [FieldOffset(LineBytes)] public ulong Producer;
        [FieldOffset(2 * LineBytes)] public int Gate;
        [FieldOffset(3 * LineBytes)] public long Lost;
    }

    /// <summary>Makes an empty ring.</summary>
    /// <param name="bytes">Its size, a power of two.</param>
    public RecordRing(uint bytes)
    {
        Size = bytes;
        _mask = bytes - 1;

        // Zeroed: a record that its program does not fill must not show what this process had there before.
        _data = (byte*)NativeMemory.AllocZeroed((nuint)bytes * 2);
        _at = (Positions*)NativeMemory.AlignedAlloc((nuint)sizeof(Positions), LineBytes);
        *_at = default;
    }

    /// <summary>Bytes of the ring.</summary>
    public uint Size { get; }

    /// <summary>Position up to which records are consumed.</summary>
    public ulong Consumer => Volatile.Read(ref _at->Consumer);

    /// <summary>Position up to which records are reserved.</summary>
    public ulong Producer => Volatile.Read(ref _at->Producer);

    /// <summary>Records that found no room.</summary>
    public long Lost => Volatile.Read(ref _at->Lost);

    /// <summary>Wakes whoever waits for records.</summary>
    public RecordSignal Signal { get; } = new();

    /// <summary>Takes room for a record; null, and counted as lost, if there is none.</summary>
    /// <param name="bytes">Bytes of the record.</param>
    /// <param name="cpu">CPU slot of the writer.</param>
    public byte* Reserve(ulong bytes, int cpu)
    {
        ulong length = (bytes + HeaderBytes + 7) & ~7UL;
        if (bytes > uint.MaxValue / 4 || length > Size)
        {
            CountLost();
            return null;
        }

        ulong consumer = Consumer;
        ValueLock.Enter((byte*)&_at->Gate);
        ulong start = _at->Producer;
        if (start + length - consumer > _mask)
        {
            ValueLock.Leave((byte*)&_at->Gate);
            CountLost();
            return null;
        }

        uint* header = (uint*)(_data + (start & _mask));
        header[0] = (uint)bytes | BusyBit;
        header[1] = (uint)cpu;
        Volatile.Write(ref _at->Producer, start + length);
        ValueLock.Leave((byte*)&_at->Gate);
        return (byte*)header + HeaderBytes;
    }

    /// <summary>Ends the writing of a record.</summary>
    /// <param name="record">What <see cref="Reserve"/> gave.</param>
    /// <param name="discard">Whether the reader is to skip it.</param>
    /// <param name="wakeup">Whether a waiting reader is woken.</param>
    public void Commit(byte* record, bool discard, bool wakeup = true)
    {
        uint* header = (uint*)(record - HeaderBytes);
        uint length = (header[0] & ~BusyBit) | (discard ? DiscardBit : 0);

        // A full fence: the reader says that it sleeps before it looks a last time.
        Interlocked.Exchange(ref *header, length);
        if (wakeup)
        {
            Signal.Set();
        }
    }

    /// <summary>Length of a record being written.</summary>
    public static uint LengthOf(byte* record) => *(uint*)(record - HeaderBytes) & ~(BusyBit | DiscardBit);

    /// <summary>Whether a record is committed and not consumed.</summary>
    public bool HasRecords => TryPeek(Consumer, out _, out _, out _);

    /// <summary>Finds committed records from the consumer's position on.</summary>
    /// <param name="slices">Room for them.</param>
    /// <param name="end">Position after the last of them, and after what is to be skipped.</param>
    public int Take(Span<RecordSlice> slices, out ulong end)
    {
        // Everything in locals: this loop is what a record costs its reader.
        byte* data = _data;
        ulong mask = _mask;
        ulong at = Consumer;
        ulong producer = Producer;
        int count = 0;
        while (count < slices.Length && at < producer)
        {
            uint* header = (uint*)(data + (at & mask));
            uint length = Volatile.Read(ref *header);
            if ((length & BusyBit) != 0)
            {
                break;
            }

            uint bytes = length & ~DiscardBit;
            if (length == bytes)
            {
                slices[count++] = new RecordSlice((nint)header + HeaderBytes, (int)bytes, (int)header[1]);
            }

            at += (bytes + (ulong)HeaderBytes + 7) & ~7UL;
        }

        end = at;
        return count;
    }

    /// <summary>The record at a position, if it is committed.</summary>
    public bool TryPeek(ulong position, out byte* record, out uint length, out ulong next)
    {
        record = null;
        length = 0;
        next = position;
        if (position >= Producer)
        {
            return false;
        }

        uint* header = (uint*)(_data + (position & _mask));
        length = Volatile.Read(ref *header);
        if ((length & BusyBit) != 0)
        {
            return false;
        }

        record = (byte*)header + HeaderBytes;
        next = position + (((length & ~DiscardBit) + (ulong)HeaderBytes + 7) & ~7UL);
        return true;
    }

    /// <summary>Gives the room up to a position back to writers.</summary>
    public void Consume(ulong position) => Volatile.Write(ref _at->Consumer, position);

    /// <summary>Whether an address lies in the ring's memory.</summary>
    public bool Contains(byte* address, nuint bytes)
    {
        nuint distance = (nuint)(address - _data);
        nuint length = (nuint)Size * 2;
        return distance < length && bytes <= length - distance;
    }

    /// <summary>Counts a record that could not be written.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void CountLost() => Interlocked.Increment(ref _at->Lost);

    /// <summary>Frees the memory.</summary>
    public void Free()
    {
        NativeMemory.Free(_data);
        NativeMemory.AlignedFree(_at);
    }
}
