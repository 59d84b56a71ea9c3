using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace BpfSharp.Maps;

/// <summary>Records taken together, as values in place: <c>foreach (ref readonly T record in batch)</c>.</summary>
/// <typeparam name="T">The record's type.</typeparam>
/// <remarks>Valid until the reader's next read.</remarks>
[SuppressMessage("Performance", "CA1815", Justification = "a batch is enumerated, not compared")]
public readonly struct RecordBatch<T> where T : unmanaged
{
    private readonly RecordBatch _batch;

    internal RecordBatch(RecordBatch batch) => _batch = batch;

    /// <summary>How many records.</summary>
    public int Count => _batch.Count;

    /// <summary>Enumerates the records as references into the buffer.</summary>
    /// <exception cref="InvalidOperationException">The batch has ended.</exception>
    public Enumerator GetEnumerator() => new(_batch.Begin(), _batch.Slices, _batch.Count);

    /// <summary>Walks a batch.</summary>
    public unsafe ref struct Enumerator
    {
        private readonly RecordReader? _reader;
        private readonly ReadOnlySpan<RecordSlice> _slices;
        private nint _address;
        private int _next;

        internal Enumerator(RecordReader? reader, RecordSlice[]? slices, int count)
        {
            _reader = reader;
            _slices = slices.AsSpan(0, count);
        }

        /// <summary>The record, in the buffer.</summary>
        public readonly ref readonly T Current => ref Unsafe.AsRef<T>((void*)_address);

        /// <summary>Moves to the next record.</summary>
        /// <exception cref="Diagnostics.BpfException">The record is shorter than the type (BPF4004).</exception>
        public bool MoveNext()
        {
            int index = _next;
            if ((uint)index >= (uint)_slices.Length)
            {
                return false;
            }

            RecordSlice slice = _slices[index];
            if (slice.Length < sizeof(T))
            {
                Throw(slice.Length);
            }

            _address = slice.Address;
            _next = index + 1;
            return true;
        }

        /// <summary>Ends the walk.</summary>
        public readonly void Dispose() => _reader?.EndEnumeration();

        private readonly void Throw(int bytes) =>
            throw MapErrors.ShortRecord(_reader?.Name ?? "", bytes, typeof(T), sizeof(T));
    }
}
