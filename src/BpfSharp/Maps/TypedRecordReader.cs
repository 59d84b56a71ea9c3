using System.Runtime.CompilerServices;

namespace BpfSharp.Maps;

/// <summary>A record reader seen through one type.</summary>
internal sealed class TypedRecordReader<T>(RecordReader reader) : IRingBuffer<T> where T : unmanaged
{
    public long? Lost => reader.Lost;

    public bool TryRead(out RecordBatch<T> batch)
    {
        bool any = reader.TryRead(out RecordBatch bytes);
        batch = bytes.As<T>();
        return any;
    }

    public bool Read(TimeSpan timeout, out RecordBatch<T> batch, CancellationToken cancellationToken = default)
    {
        bool any = reader.Read(timeout, out RecordBatch bytes, cancellationToken);
        batch = bytes.As<T>();
        return any;
    }

    public async IAsyncEnumerable<RecordBatch<T>> ReadBatchesAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (RecordBatch batch in reader.ReadBatchesAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return batch.As<T>();
        }
    }

    public void Dispose() => reader.Dispose();
}
