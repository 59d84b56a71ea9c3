using BpfSharp.Diagnostics;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Maps;

/// <summary>The ring buffer: records of programs, for one reader.</summary>
internal sealed unsafe class RingBufferMap(MapSpec spec) : RuntimeMap(spec), IHeldResource
{
    private int _hasReader;

    /// <summary>The ring.</summary>
    public RecordRing Ring { get; } = new(spec.MaxEntries);

    /// <inheritdoc/>
    public override long? LostRecords => Ring.Lost;

    /// <inheritdoc/>
    public override byte* LookupElement(byte* key, int cpu) => null;

    /// <inheritdoc/>
    public override long UpdateElement(byte* key, byte* value, ulong flags, int cpu) => -Errno.Enotsupp;

    /// <inheritdoc/>
    public override long DeleteElement(byte* key) => -Errno.Enotsupp;

    /// <summary>Always no: a program reaches only the records it has reserved, which the run knows.</summary>
    public override bool Owns(byte* address, nuint bytes) => false;

    /// <inheritdoc/>
    public void ReleaseAfterFault(nuint token) => Ring.Commit((byte*)token, discard: true);

    /// <inheritdoc/>
    public override RecordReader OpenReader()
    {
        if (Interlocked.Exchange(ref _hasReader, 1) != 0)
        {
            throw MapErrors.OpenAlready(Spec, "reader");
        }

        Begin();
        return new RingReader(this, Ring, () => Volatile.Write(ref _hasReader, 0));
    }

    /// <inheritdoc/>
    protected override int ReadValue(byte* key, byte* value, ulong flags, int cpu) => -Errno.Enotsupp;

    /// <inheritdoc/>
    protected override void Free() => Ring.Free();
}
