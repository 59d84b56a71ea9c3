namespace BpfSharp.Maps;

/// <summary>Room for one record of a user ring buffer. Disposing without <see cref="Submit"/> discards it.</summary>
public unsafe ref struct RecordReservation
{
    private readonly nint _address;
    private readonly int _length;
    private RecordWriter? _writer;

    internal RecordReservation(RecordWriter writer, nint address, int length)
    {
        _writer = writer;
        _address = address;
        _length = length;
    }

    /// <summary>The record's bytes; empty once submitted or disposed.</summary>
    public readonly Span<byte> Bytes => _writer is null ? default : new Span<byte>((void*)_address, _length);

    /// <summary>Makes the record visible to programs.</summary>
    public void Submit() => End(discard: false);

    /// <summary>Discards the record, unless it was submitted.</summary>
    public void Dispose() => End(discard: true);

    private void End(bool discard)
    {
        RecordWriter? writer = _writer;
        _writer = null;
        writer?.Commit(_address, discard);
    }
}
