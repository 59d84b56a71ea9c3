
namespace BpfSharp.Maps;

/// <summary>Records taken together, as bytes in place. Valid until the reader's next read.</summary>
public readonly struct RecordBatch : IEquatable<RecordBatch>
{
    private readonly RecordReader? _reader;
    private readonly RecordSlice[]? _slices;
    private readonly int _stamp;

    internal RecordBatch(RecordReader reader, RecordSlice[] slices, int count, int stamp)
    {
        _reader = reader;
        _slices = slices;
        Count = count;
        _stamp = stamp;
    }

    /// <summary>How many records.</summary>
    public int Count { get; }

    /// <summary>The same records as values of a type.</summary>
    /// <typeparam name="T">The record's type, laid out as the program writes it.</typeparam>
    public RecordBatch<T> As<T>() where T : unmanaged => new(this);

    /// <summary>Enumerates the records as spans over the buffer.</summary>
    /// <exception cref="InvalidOperationException">The batch has ended.</exception>
    public Enumerator GetEnumerator()
    {
        _reader?.BeginEnumeration(_stamp);
        return new Enumerator(_reader, _slices, Count);
    }

    /// <summary>Whether both are the same batch.</summary>
    /// <param name="other">Another.</param>
    public bool Equals(RecordBatch other) => ReferenceEquals(_reader, other._reader) && _stamp == other._stamp;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RecordBatch other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _stamp;

    /// <summary>Whether both are the same batch.</summary>
    public static bool operator ==(RecordBatch left, RecordBatch right) => left.Equals(right);

    /// <summary>Whether they are different batches.</summary>
    public static bool operator !=(RecordBatch left, RecordBatch right) => !left.Equals(right);

    internal RecordReader? Begin()
    {
        _reader?.BeginEnumeration(_stamp);
        return _reader;
    }

    internal RecordSlice[]? Slices => _slices;

    /// <summary>Walks a batch.</summary>
    public unsafe ref struct Enumerator
    {
        private readonly RecordReader? _reader;
        private readonly ReadOnlySpan<RecordSlice> _slices;
        private int _index;

        internal Enumerator(RecordReader? reader, RecordSlice[]? slices, int count)
        {
            _reader = reader;
            _slices = slices.AsSpan(0, count);
            _index = -1;
        }

        /// <summary>The record's bytes.</summary>
        public readonly ReadOnlySpan<byte> Current => new((void*)_slices[_index].Address, _slices[_index].Length);

        /// <summary>The CPU that wrote the record, where the host knows; else -1.</summary>
        public readonly int Cpu => _slices[_index].Cpu;

        /// <summary>Moves to the next record.</summary>
        public bool MoveNext() => ++_index < _slices.Length;

        /// <summary>Ends the walk.</summary>
        public readonly void Dispose() => _reader?.EndEnumeration();
    }
}
