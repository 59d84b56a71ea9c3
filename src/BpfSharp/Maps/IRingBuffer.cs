namespace BpfSharp.Maps;

/// <summary>Records of one type that a program sends: ring buffers and perf event arrays, on any host.</summary>
/// <typeparam name="T">The record's type.</typeparam>
public interface IRingBuffer<T> : IDisposable where T : unmanaged
{
    /// <summary>Records the program could not write so far; <see langword="null"/> where nobody counts them.</summary>
    long? Lost { get; }

    /// <summary>Takes the records that are ready, without waiting.</summary>
    /// <param name="batch">Them; valid until the next read.</param>
    /// <returns>Whether there is at least one.</returns>
    bool TryRead(out RecordBatch<T> batch);

    /// <summary>Takes the records that are ready, waiting for the first one.</summary>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <param name="batch">Them; valid until the next read.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether there is at least one.</returns>
    bool Read(TimeSpan timeout, out RecordBatch<T> batch, CancellationToken cancellationToken = default);

    /// <summary>Batches as they come, until cancelled or disposed.</summary>
    /// <param name="cancellationToken">Ends the enumeration with <see cref="OperationCanceledException"/>.</param>
    IAsyncEnumerable<RecordBatch<T>> ReadBatchesAsync(CancellationToken cancellationToken = default);
}
