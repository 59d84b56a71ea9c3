using BpfSharp.Maps;

namespace BpfSharp.Language;

/// <summary>Maps of targets that packets are redirected to.</summary>
public abstract class RedirectMap : MapDeclaration
{
    private protected RedirectMap(MapType type, int valueSize, int maxEntries, MapFlags flags)
        : base(type, sizeof(uint), valueSize, maxEntries, flags)
    {
    }

    /// <summary>Redirects the packet to a target: what the program returns.</summary>
    /// <param name="key">The target's index or key.</param>
    /// <param name="otherwise">What to return if there is no such target.</param>
    /// <returns><see cref="XdpAction.Redirect"/>, or <paramref name="otherwise"/>. As plain C# always the latter: there are no targets.</returns>
    public XdpAction Redirect(uint key, XdpAction otherwise = XdpAction.Aborted) => (XdpAction)RedirectTo(this, key, (ulong)otherwise);

    [BpfHelperCall(51)]
    private static long RedirectTo(MapDeclaration map, ulong key, ulong flags) => (long)(flags & 3);

    private protected override PlainStorage CreateStorage() => new PlainNothing(this);
}

/// <summary>Network devices by index, to redirect packets to.</summary>
/// <param name="maxEntries">How many.</param>
/// <param name="flags">Creation flags.</param>
[BpfMapKind(MapType.DevMap, KeySize = 4, ValueSize = 4)]
public sealed class DevMap(int maxEntries, MapFlags flags = MapFlags.None) : RedirectMap(MapType.DevMap, 4, maxEntries, flags);

/// <summary>Network devices by key, to redirect packets to.</summary>
/// <param name="maxEntries">How many.</param>
/// <param name="flags">Creation flags.</param>
[BpfMapKind(MapType.DevMapHash, KeySize = 4, ValueSize = 4)]
public sealed class DevMapHash(int maxEntries, MapFlags flags = MapFlags.None)
    : RedirectMap(MapType.DevMapHash, 4, maxEntries, flags);

/// <summary>CPUs to redirect packets to; the value is the queue's size.</summary>
/// <param name="maxEntries">How many.</param>
/// <param name="flags">Creation flags.</param>
[BpfMapKind(MapType.CpuMap, KeySize = 4, ValueSize = 4)]
public sealed class CpuMap(int maxEntries, MapFlags flags = MapFlags.None) : RedirectMap(MapType.CpuMap, 4, maxEntries, flags);

/// <summary>AF_XDP sockets to redirect packets to.</summary>
/// <param name="maxEntries">How many.</param>
/// <param name="flags">Creation flags.</param>
[BpfMapKind(MapType.XskMap, KeySize = 4, ValueSize = 4)]
public sealed class XskMap(int maxEntries, MapFlags flags = MapFlags.None) : RedirectMap(MapType.XskMap, 4, maxEntries, flags);
