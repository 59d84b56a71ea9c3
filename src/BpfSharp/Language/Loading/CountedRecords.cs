using BpfSharp.Hosting;
using BpfSharp.Maps;

namespace BpfSharp.Language;

/// <summary>Records whose losses the program counts itself.</summary>
internal sealed class CountedRecords<T>(LoadedMap map, Func<long>? lost) : IRingBuffer<T> where T : unmanaged
{
    private readonly IRingBuffer<T> _records = map.OpenRecords<T>();

    public long? Lost => lost is null ? _records.Lost : lost();

    public bool TryRead(out RecordBatch<T> batch) => _records.TryRead(out batch);

    public bool Read(TimeSpan timeout, out RecordBatch<T> batch, CancellationToken cancellationToken = default) =>
        _records.Read(timeout, out batch, cancellationToken);

    public IAsyncEnumerable<RecordBatch<T>> ReadBatchesAsync(CancellationToken cancellationToken = default) =>
        _records.ReadBatchesAsync(cancellationToken);

    public void Dispose() => _records.Dispose();
}
