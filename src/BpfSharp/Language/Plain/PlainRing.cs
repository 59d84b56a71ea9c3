using System.Runtime.CompilerServices;

namespace BpfSharp.Language;

/// <summary>A ring buffer as plain C#: a bounded queue of records.</summary>
internal sealed class PlainRing<T>(MapDeclaration declaration, int capacity) : PlainStorage(declaration) where T : unmanaged
{
    // As in the kernel a record has an 8-byte header and is padded to 8 bytes.
    private static readonly int s_recordBytes = 8 + ((Unsafe.SizeOf<T>() + 7) & ~7);

    private readonly Lock _gate = new();
    private readonly Queue<T> _records = [];
    private ulong _lost;
    private long _used;

    /// <summary>Records that found no room.</summary>
    public ref ulong Lost => ref _lost;

    /// <summary>Bytes taken.</summary>
    public ulong BytesWaiting => (ulong)Volatile.Read(ref _used);

    public bool Write(in T record)
    {
        lock (_gate)
        {
            if (!TakeRoom())
            {
                return false;
            }

            _records.Enqueue(record);
            return true;
        }
    }

    public ref T Reserve()
    {
        lock (_gate)
        {
            if (!TakeRoom())
            {
                return ref Unsafe.NullRef<T>();
            }
        }

        PlainReservation<T> reservation = new(this);
        PlainReservations.Begin(reservation);
        return ref reservation.Value;
    }

    public void EndReservation(PlainReservation<T> reservation, bool submit)
    {
        lock (_gate)
        {
            if (submit)
            {
                _records.Enqueue(reservation.Value);
            }
            else
            {
                _used -= s_recordBytes;
            }
        }
    }

    /// <summary>Takes every record there is.</summary>
    public T[] Drain()
    {
        lock (_gate)
        {
            T[] all = [.. _records];
            _records.Clear();
            _used -= (long)all.Length * s_recordBytes;
            return all;
        }
    }

    private bool TakeRoom()
    {
        if (_used + s_recordBytes > capacity)
        {
            return false;
        }

        _used += s_recordBytes;
        return true;
    }
}
