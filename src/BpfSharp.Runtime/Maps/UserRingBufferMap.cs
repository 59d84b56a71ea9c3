using BpfSharp.Diagnostics;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Runtime.Maps;

/// <summary>The user ring buffer: records of one writer in user space, drained by programs.</summary>
internal sealed unsafe class UserRingBufferMap(MapSpec spec) : RuntimeMap(spec)
{
    private int _hasWriter;
    private int _draining;

    /// <summary>The ring.</summary>
    public RecordRing Ring { get; } = new(spec.MaxEntries);

    /// <inheritdoc/>
    public override byte* LookupElement(byte* key, int cpu) => null;

    /// <inheritdoc/>
    public override long UpdateElement(byte* key, byte* value, ulong flags, int cpu) => -Errno.Enotsupp;

    /// <inheritdoc/>
    public override long DeleteElement(byte* key) => -Errno.Enotsupp;

    /// <inheritdoc/>
    public override bool Owns(byte* address, nuint bytes) => Ring.Contains(address, bytes);

    /// <summary>Begins draining; one program at a time.</summary>
    /// <returns><see langword="false"/> if another one drains (EBUSY).</returns>
    public bool TryBeginDrain() => Interlocked.Exchange(ref _draining, 1) == 0;

    /// <summary>Ends draining.</summary>
    public void EndDrain() => Volatile.Write(ref _draining, 0);

    /// <inheritdoc/>
    public override RecordWriter OpenWriter()
    {
        if (Interlocked.Exchange(ref _hasWriter, 1) != 0)
        {
            throw MapErrors.OpenAlready(Spec, "writer");
        }

        Begin();
        return new Writer(this);
    }

    /// <inheritdoc/>
    protected override int ReadValue(byte* key, byte* value, ulong flags, int cpu) => -Errno.Enotsupp;

    /// <inheritdoc/>
    protected override void Free() => Ring.Free();

    private sealed class Writer(UserRingBufferMap map) : RecordWriter(map.Name)
    {
        protected override nint Reserve(int bytes) => (nint)map.Ring.Reserve((ulong)bytes, 0);

        protected override void Commit(nint address, bool discard) => map.Ring.Commit((byte*)address, discard);

        protected override void Close()
        {
            Volatile.Write(ref map._hasWriter, 0);
            map.Dispose();
        }
    }
}
