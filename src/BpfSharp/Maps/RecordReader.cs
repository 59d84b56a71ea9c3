using System.Runtime.CompilerServices;

namespace BpfSharp.Maps;

/// <summary>The reading end of a ring buffer or perf event array: batches of records, in place, without copies.</summary>
/// <remarks>
/// One consumer at a time. A batch is valid until the next read; its records stay in the buffer until then, so a slow
/// consumer makes the program lose records, which <see cref="Lost"/> counts. Disposing ends waiting reads, and never frees
/// memory under a batch that is being enumerated.
/// </remarks>
public abstract class RecordReader : IDisposable
{
    private readonly Lock _gate = new();
    private readonly RecordSlice[] _slices;
    private int _enumerating;
    private bool _holds;
    private bool _disposed;
    private bool _closed;

    /// <summary>Creates the reader of a map.</summary>
    /// <param name="name">Name of the map, for messages.</param>
    /// <param name="batchSize">Most records of a batch; at least 1.</param>
    protected RecordReader(string name, int batchSize = 1024)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        Name = name;
        _slices = new RecordSlice[batchSize];
    }

    /// <summary>Name of the map.</summary>
    public string Name { get; }

    /// <summary>Records the program could not write so far; <see langword="null"/> where nobody counts them.</summary>
    public abstract long? Lost { get; }

    /// <summary>Whether it was disposed.</summary>
    public bool IsDisposed => Volatile.Read(ref _disposed);

    /// <summary>Which batch is valid now; for <see cref="RecordBatch"/>.</summary>
    internal int Stamp { get; private set; }

    /// <summary>Takes the records that are ready, without waiting. The batch before this one ends.</summary>
    /// <param name="batch">Them; empty if there are none.</param>
    /// <returns>Whether there is at least one.</returns>
    public bool TryRead(out RecordBatch batch)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return TakeNext(out batch);
        }
    }

    /// <summary>Takes the records that are ready, waiting for the first one.</summary>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <param name="batch">Them; empty after the time.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether there is at least one; <see langword="false"/> after the time, or when disposed meanwhile.</returns>
    public bool Read(TimeSpan timeout, out RecordBatch batch, CancellationToken cancellationToken = default)
    {
        long started = Environment.TickCount64;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryTake(out batch))
            {
                return true;
            }

            TimeSpan left = timeout;
            if (timeout != Timeout.InfiniteTimeSpan)
            {
                left = timeout - TimeSpan.FromMilliseconds(Environment.TickCount64 - started);
                if (left <= TimeSpan.Zero)
                {
                    return false;
                }
            }

            if (IsDisposed)
            {
                return false;
            }

            Wait(left, cancellationToken);
        }
    }

    /// <summary>Batches as they come, until cancelled or disposed.</summary>
    /// <param name="cancellationToken">Ends the enumeration with <see cref="OperationCanceledException"/>.</param>
    public async IAsyncEnumerable<RecordBatch> ReadBatchesAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (!IsDisposed)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryTake(out RecordBatch batch))
            {
                yield return batch;
            }
            else if (!IsDisposed)
            {
                await WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The same records as values of one type.</summary>
    /// <typeparam name="T">The record's type, laid out as the program writes it.</typeparam>
    /// <returns>A typed reader over this one; disposing either ends both.</returns>
    public IRingBuffer<T> Of<T>() where T : unmanaged => new TypedRecordReader<T>(this);

    /// <summary>Ends reading. Waiting reads return; memory is given back when no batch is being enumerated.</summary>
    public void Dispose()
    {
        bool close;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            Volatile.Write(ref _disposed, true);
            close = _enumerating == 0;
            _closed = close;
            if (close)
            {
                ReleaseHeld();
            }
        }

        Wake();
        if (close)
        {
            Close();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Finds the records that are ready, oldest first, and leaves them in the buffer.</summary>
    /// <param name="slices">Room for a batch.</param>
    /// <returns>How many.</returns>
    protected abstract int Take(Span<RecordSlice> slices);

    /// <summary>Hands the records of the last <see cref="Take"/> back to the producer.</summary>
    protected abstract void Release();

    /// <summary>Blocks until records may be ready, the time is over, or <see cref="Wake"/> was called.</summary>
    /// <param name="timeout">How long at most; negative for no limit.</param>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    protected abstract void Wait(TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Completes when records may be ready or <see cref="Wake"/> was called.</summary>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    protected abstract ValueTask WaitAsync(CancellationToken cancellationToken);

    /// <summary>Ends every wait now and to come; called once, when disposed.</summary>
    protected abstract void Wake();

    /// <summary>Gives everything back to the host; called once, when no batch is being enumerated any more.</summary>
    protected abstract void Close();

    /// <summary>Keeps the memory while a batch is being enumerated.</summary>
    internal void BeginEnumeration(int stamp)
    {
        lock (_gate)
        {
            if (stamp != Stamp || _disposed)
            {
                throw new InvalidOperationException(
                    $"this batch of '{Name}' has ended: a batch is valid until the next read or until the reader is disposed");
            }

            _enumerating++;
        }
    }

    /// <summary>Lets the memory go when the last enumeration of a disposed reader ends.</summary>
    internal void EndEnumeration()
    {
        lock (_gate)
        {
            if (--_enumerating > 0 || !_disposed || _closed)
            {
                return;
            }

            _closed = true;
            ReleaseHeld();
        }

        Close();
    }

    private bool TryTake(out RecordBatch batch)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                batch = default;
                return false;
            }

            return TakeNext(out batch);
        }
    }

    private bool TakeNext(out RecordBatch batch)
    {
        if (_enumerating > 0)
        {
            throw new InvalidOperationException($"a batch of '{Name}' is still being enumerated");
        }

        ReleaseHeld();
        Stamp++;
        int count = Take(_slices);
        _holds = count > 0;
        batch = new RecordBatch(this, _slices, count, Stamp);
        return count > 0;
    }

    private void ReleaseHeld()
    {
        if (_holds)
        {
            _holds = false;
            Release();
        }
    }
}
