using System.Runtime.CompilerServices;
using BpfSharp.Diagnostics;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Runtime.Maps;

/// <summary>The perf event array: records of programs. All CPU slots share one ring; each record knows its slot.</summary>
/// <remarks>As in the kernel there is nothing to write to until a reader is open: such records are refused and counted as lost.</remarks>
internal sealed unsafe class PerfEventArrayMap(MapSpec spec) : RuntimeMap(spec)
{
    /// <summary>Bytes of the ring.</summary>
    private const uint RingBytes = 1 << 20;

    private RecordRing? _ring;
    private int _hasReader;
    private long _unread;

    /// <inheritdoc/>
    public override long? LostRecords => (Volatile.Read(ref _ring)?.Lost ?? 0) + Volatile.Read(ref _unread);

    /// <inheritdoc/>
    public override byte* LookupElement(byte* key, int cpu) => null;

    /// <inheritdoc/>
    public override long UpdateElement(byte* key, byte* value, ulong flags, int cpu) => -Errno.Einval;

    /// <inheritdoc/>
    public override long DeleteElement(byte* key) => -Errno.Enoent;

    /// <inheritdoc/>
    public override bool Owns(byte* address, nuint bytes) => false;

    /// <summary>Writes a record of two parts, as <c>bpf_perf_event_output</c> does.</summary>
    /// <param name="cpu">CPU slot of the writer.</param>
    /// <param name="first">First part.</param>
    /// <param name="firstBytes">Its bytes.</param>
    /// <param name="second">Second part (of a packet); may be null.</param>
    /// <param name="secondBytes">Its bytes.</param>
    /// <returns>0; -2 (ENOENT) without reader, -28 (ENOSPC) if full.</returns>
    public long Write(int cpu, byte* first, ulong firstBytes, byte* second, ulong secondBytes)
    {
        RecordRing? ring = Volatile.Read(ref _ring);
        if (ring is null || Volatile.Read(ref _hasReader) == 0)
        {
            Interlocked.Increment(ref _unread);
            return -Errno.Enoent;
        }

        byte* record = ring.Reserve(firstBytes + secondBytes, cpu);
        if (record is null)
        {
            return -Errno.Enospc;
        }

        Unsafe.CopyBlockUnaligned(record, first, (uint)firstBytes);
        if (secondBytes > 0)
        {
            Unsafe.CopyBlockUnaligned(record + firstBytes, second, (uint)secondBytes);
        }

        ring.Commit(record, discard: false);
        return 0;
    }

    /// <inheritdoc/>
    public override RecordReader OpenReader()
    {
        if (Interlocked.Exchange(ref _hasReader, 1) != 0)
        {
            throw MapErrors.OpenAlready(Spec, "reader");
        }

        Begin();
        if (_ring is null)
        {
            Volatile.Write(ref _ring, new RecordRing(RingBytes));
        }

        return new RingReader(this, _ring, () => Volatile.Write(ref _hasReader, 0));
    }

    /// <inheritdoc/>
    protected override int ReadValue(byte* key, byte* value, ulong flags, int cpu) => -Errno.Enotsupp;

    /// <inheritdoc/>
    protected override int FollowingKey(byte* key, byte* following) => ArrayWalk.Following(Spec.MaxEntries, key, following);

    /// <inheritdoc/>
    protected override void Free() => _ring?.Free();
}
