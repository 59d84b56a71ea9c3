using BpfSharp.Diagnostics;
using BpfSharp.Objects;

namespace BpfSharp.Runtime.Maps;

/// <summary>Call stacks by id. In process there is no kernel stack to record: the map stays empty, and the helpers say so.</summary>
internal sealed unsafe class StackTraceMap(MapSpec spec) : RuntimeMap(spec)
{
    /// <inheritdoc/>
    public override byte* LookupElement(byte* key, int cpu) => null;

    /// <inheritdoc/>
    public override long UpdateElement(byte* key, byte* value, ulong flags, int cpu) => -Errno.Einval;

    /// <inheritdoc/>
    public override long DeleteElement(byte* key) => *(uint*)key >= Spec.MaxEntries ? -Errno.E2Big : -Errno.Enoent;

    /// <inheritdoc/>
    public override bool Owns(byte* address, nuint bytes) => false;

    /// <inheritdoc/>
    protected override int FollowingKey(byte* key, byte* following) => -Errno.Enoent;

    /// <inheritdoc/>
    protected override void Free()
    {
    }
}
