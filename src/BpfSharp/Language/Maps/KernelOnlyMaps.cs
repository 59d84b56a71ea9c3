using BpfSharp.Diagnostics;
using BpfSharp.Maps;

namespace BpfSharp.Language;

/// <summary>Call stacks by id: filled by <see cref="Collect"/>, read by user space.</summary>
/// <param name="maxEntries">Most different stacks.</param>
/// <param name="valueSize">Bytes of a stack: 8 for each frame kept.</param>
/// <param name="flags">Creation flags.</param>
[BpfMapKind(MapType.StackTrace, KeySize = 4)]
public sealed class StackTraceMap(int maxEntries, int valueSize = 127 * 8, MapFlags flags = MapFlags.None)
    : MapDeclaration(MapType.StackTrace, sizeof(uint), valueSize, maxEntries, flags)
{
    /// <summary>Walks the current stack and returns its id.</summary>
    /// <param name="context">The program's context.</param>
    /// <param name="flags">Frames to skip (low 8 bits); 0x100 user stack, 0x200 compare by hash, 0x400 replace an older one.</param>
    /// <returns>The id, or a negative errno. As plain C# always -95 (EOPNOTSUPP).</returns>
    public long Collect<TContext>(TContext context, ulong flags = 0) where TContext : IBpfContext, allows ref struct =>
        Walk(context, this, flags);

    [BpfHelperCall(27)]
    private static long Walk<TContext>(TContext context, MapDeclaration map, ulong flags)
        where TContext : IBpfContext, allows ref struct => -Errno.Eopnotsupp;

    private protected override PlainStorage CreateStorage() => new PlainNothing(this);
}

/// <summary>Cgroups by index, put there by user space.</summary>
/// <param name="maxEntries">How many.</param>
/// <param name="flags">Creation flags.</param>
[BpfMapKind(MapType.CgroupArray, KeySize = 4, ValueSize = 4)]
public sealed class CgroupArray(int maxEntries, MapFlags flags = MapFlags.None)
    : MapDeclaration(MapType.CgroupArray, 4, 4, maxEntries, flags)
{
    private protected override PlainStorage CreateStorage() => new PlainNothing(this);
}

/// <summary>Sockets of a reuseport group by index.</summary>
/// <param name="maxEntries">How many.</param>
/// <param name="flags">Creation flags.</param>
[BpfMapKind(MapType.ReuseportSockArray, KeySize = 4, ValueSize = 8)]
public sealed class ReuseportSocketArray(int maxEntries, MapFlags flags = MapFlags.None)
    : MapDeclaration(MapType.ReuseportSockArray, 4, 8, maxEntries, flags)
{
    private protected override PlainStorage CreateStorage() => new PlainNothing(this);
}

/// <summary>Sockets by index, for redirecting what they send and receive.</summary>
/// <param name="maxEntries">How many.</param>
/// <param name="flags">Creation flags.</param>
[BpfMapKind(MapType.SockMap, KeySize = 4, ValueSize = 4)]
public sealed class SockMap(int maxEntries, MapFlags flags = MapFlags.None)
    : MapDeclaration(MapType.SockMap, 4, 4, maxEntries, flags)
{
    private protected override PlainStorage CreateStorage() => new PlainNothing(this);
}

/// <summary>Sockets by key, for redirecting what they send and receive.</summary>
/// <typeparam name="TKey">Key; compared by its bytes.</typeparam>
/// <param name="maxEntries">How many.</param>
/// <param name="flags">Creation flags.</param>
[BpfMapKind(MapType.SockHash, KeyArgument = 0, ValueSize = 4)]
public sealed class SockHash<TKey>(int maxEntries, MapFlags flags = MapFlags.None)
    : MapDeclaration(MapType.SockHash, System.Runtime.CompilerServices.Unsafe.SizeOf<TKey>(), 4, maxEntries, flags)
    where TKey : unmanaged
{
    private protected override PlainStorage CreateStorage() => new PlainNothing(this);
}
