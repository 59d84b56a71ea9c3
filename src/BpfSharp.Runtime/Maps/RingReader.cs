using BpfSharp.Maps;

namespace BpfSharp.Runtime.Maps;

/// <summary>Reads a ring of this process.</summary>
internal sealed class RingReader : RecordReader
{
    private readonly RuntimeMap _map;
    private readonly RecordRing _ring;
    private readonly Action _closed;
    private readonly Func<bool> _hasRecords;
    private ulong _end;

    /// <summary>Opens the reading end; the map has one owner more until it is closed.</summary>
    /// <param name="map">The ring's map, with the owner already added.</param>
    /// <param name="ring">The ring.</param>
    /// <param name="closed">Called when the reader is closed.</param>
    public RingReader(RuntimeMap map, RecordRing ring, Action closed) : base(map.Name)
    {
        _map = map;
        _ring = ring;
        _closed = closed;
        _hasRecords = () => ring.HasRecords;
        ring.Signal.Restart();
    }

    /// <inheritdoc/>
    public override long? Lost => _ring.Lost;

    /// <inheritdoc/>
    protected override int Take(Span<RecordSlice> slices)
    {
        int count = _ring.Take(slices, out _end);
        if (count == 0)
        {
            // Nothing but discarded records: nobody will read them.
            _ring.Consume(_end);
        }

        return count;
    }

    /// <inheritdoc/>
    protected override void Release() => _ring.Consume(_end);

    /// <inheritdoc/>
    protected override void Wait(TimeSpan timeout, CancellationToken cancellationToken)
    {
        Task next = _ring.Signal.Next(_hasRecords);
        next.Wait(timeout < TimeSpan.Zero ? Timeout.InfiniteTimeSpan : timeout, cancellationToken);
    }

    /// <inheritdoc/>
    protected override ValueTask WaitAsync(CancellationToken cancellationToken) =>
        new(_ring.Signal.Next(_hasRecords).WaitAsync(cancellationToken));

    /// <inheritdoc/>
    protected override void Wake() => _ring.Signal.End();

    /// <inheritdoc/>
    protected override void Close()
    {
        _closed();
        _map.Dispose();
    }
}
