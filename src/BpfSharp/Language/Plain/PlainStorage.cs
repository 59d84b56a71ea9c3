using BpfSharp.Hosting;
using BpfSharp.Diagnostics;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Language;

/// <summary>The storage of a declaration that serves plain C#: small and simple, with the kernel's results.</summary>
/// <remarks>
/// Elements are garbage-collected objects: a reference into one stays valid after it is deleted. Per-CPU kinds have one CPU.
/// </remarks>
internal abstract class PlainStorage(MapDeclaration declaration) : LoadedMap
{
    protected MapDeclaration Declaration { get; } = declaration;

    public override MapSpec Spec { get; } = declaration.ToSpec("plain");

    public override int ValueBytes => Declaration.Type is MapType.PerCpuHash or MapType.PerCpuArray or MapType.LruPerCpuHash
        ? (Declaration.ValueSize + 7) & ~7
        : Declaration.ValueSize;

    public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags = 0) => -Errno.Einval;

    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags = 0) => -Errno.Einval;

    public override int Delete(ReadOnlySpan<byte> key) => -Errno.Einval;

    public override int LookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value, ulong flags = 0) => -Errno.Einval;

    public override int NextKey(ReadOnlySpan<byte> key, Span<byte> following) => -Errno.Einval;

    public override int LookupBatch(ref byte[]? cursor, Span<byte> keys, Span<byte> values, out int count)
    {
        count = 0;
        return -Errno.Einval;
    }
}
