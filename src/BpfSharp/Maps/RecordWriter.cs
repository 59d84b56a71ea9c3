using System.Runtime.InteropServices;

namespace BpfSharp.Maps;

/// <summary>The writing end of a user ring buffer: records that a program drains.</summary>
/// <remarks>Not safe for several threads at once; lock around it if several write.</remarks>
public abstract class RecordWriter : IDisposable
{
    private bool _disposed;

    /// <summary>Creates the writer of a map.</summary>
    /// <param name="name">Name of the map, for messages.</param>
    protected RecordWriter(string name) => Name = name;

    /// <summary>Name of the map.</summary>
    public string Name { get; }

    /// <summary>Writes a record.</summary>
    /// <param name="record">Its bytes.</param>
    /// <returns><see langword="false"/> if there is no room now.</returns>
    public unsafe bool TryWrite(ReadOnlySpan<byte> record)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfZero(record.Length, nameof(record));
        nint address = Reserve(record.Length);
        if (address == 0)
        {
            return false;
        }

        record.CopyTo(new Span<byte>((void*)address, record.Length));
        Commit(address, discard: false);
        return true;
    }

    /// <summary>Writes a record.</summary>
    /// <typeparam name="T">Its type, laid out as the program reads it.</typeparam>
    /// <param name="record">Its value.</param>
    /// <returns><see langword="false"/> if there is no room now.</returns>
    public bool TryWrite<T>(in T record) where T : unmanaged => TryWrite(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in record)));

    /// <summary>Takes room for a record, to be filled in place and submitted.</summary>
    /// <param name="bytes">Bytes of the record; at least 1.</param>
    /// <param name="reservation">The room; dispose it without submitting to discard the record.</param>
    /// <returns><see langword="false"/> if there is no room now.</returns>
    public bool TryReserve(int bytes, out RecordReservation reservation)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        nint address = Reserve(bytes);
        reservation = address == 0 ? default : new RecordReservation(this, address, bytes);
        return address != 0;
    }

    /// <summary>Ends writing.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            Close();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Takes room for a record; 0 if there is none.</summary>
    /// <param name="bytes">Bytes of the record.</param>
    protected abstract nint Reserve(int bytes);

    /// <summary>Makes a reserved record visible, or discards it.</summary>
    /// <param name="address">What <see cref="Reserve"/> gave.</param>
    /// <param name="discard">Whether the program shall skip it.</param>
    protected internal abstract void Commit(nint address, bool discard);

    /// <summary>Gives everything back to the host; called once.</summary>
    protected abstract void Close();
}
