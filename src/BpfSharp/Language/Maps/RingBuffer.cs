using System.Runtime.CompilerServices;
using BpfSharp.Diagnostics;
using BpfSharp.Maps;

namespace BpfSharp.Language;

/// <summary>Ring buffer that sends records of one type to user space, in order.</summary>
/// <typeparam name="T">The record.</typeparam>
/// <param name="bytes">Size: a power of two and a multiple of the page size (4096).</param>
/// <param name="flags">Creation flags.</param>
[BpfMapKind(MapType.RingBuffer)]
public sealed class RingBuffer<T>(int bytes, MapFlags flags = MapFlags.None)
    : MapDeclaration(MapType.RingBuffer, 0, 0, bytes, flags)
    where T : unmanaged
{
    /// <summary>Records that could not be written because the buffer was full.</summary>
    /// <remarks>Counted in the global variable <c>{map}_lost</c> of the object.</remarks>
    [BpfIntrinsic(BpfIntrinsicKind.LostCounter)]
    public ref ulong Lost => ref Ring.Lost;

    private PlainRing<T> Ring => (PlainRing<T>)PlainStorage;

    /// <summary>Copies a record into the buffer; a record that finds no room is counted as lost.</summary>
    /// <param name="record">The record.</param>
    /// <returns>Whether it was written.</returns>
    public bool TryWrite(in T record)
    {
        if (Output(in record, (ulong)Unsafe.SizeOf<T>(), 0) != 0)
        {
            Interlocked.Increment(ref Lost);
            return false;
        }

        return true;
    }

    /// <summary>Room for a record in the buffer, to fill in place; none is counted as lost.</summary>
    /// <param name="record">The room. Submit or discard it on every path.</param>
    /// <returns>Whether there is room.</returns>
    public bool TryReserve(out RingRecord<T> record)
    {
        ref T room = ref Reserve((ulong)Unsafe.SizeOf<T>(), 0);
        record = new RingRecord<T>(ref room);
        if (Unsafe.IsNullRef(ref room))
        {
            Interlocked.Increment(ref Lost);
            return false;
        }

        return true;
    }

    /// <summary>Takes the records that plain C# wrote.</summary>
    public T[] DrainPlain() => Ring.Drain();

    /// <summary>Bytes that user space has not read yet.</summary>
    public ulong BytesAvailable => Query(0);

    [BpfHelperCall(130)]
    private long Output(in T record, ulong size, ulong flags) => Ring.Write(in record) ? 0 : -Errno.Eagain;

    [BpfHelperCall(131)]
    private ref T Reserve(ulong size, ulong flags) => ref Ring.Reserve();

    [BpfHelperCall(134)]
    private ulong Query(ulong flags) => Ring.BytesWaiting;

    private protected override PlainStorage CreateStorage() => new PlainRing<T>(this, MaxEntries);
}

/// <summary>Room for one record in a ring buffer. Every path submits or discards it, once.</summary>
/// <typeparam name="T">The record.</typeparam>
public readonly ref struct RingRecord<T> where T : unmanaged
{
    private readonly ref T _value;

    internal RingRecord(ref T value) => _value = ref value;

    /// <summary>The record, to be filled in whole: it holds whatever was there before.</summary>
    public ref T Value => ref _value;

    /// <summary>Hands the record to user space.</summary>
    public void Submit() => Submit(ref _value, 0);

    /// <summary>Gives the room back.</summary>
    public void Discard() => Discard(ref _value, 0);

    [BpfHelperCall(132)]
    private static void Submit(ref T record, ulong flags) => PlainReservations.End(ref record, submit: true);

    [BpfHelperCall(133)]
    private static void Discard(ref T record, ulong flags) => PlainReservations.End(ref record, submit: false);
}
