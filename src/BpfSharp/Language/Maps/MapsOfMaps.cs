using System.Runtime.CompilerServices;
using BpfSharp.Maps;

namespace BpfSharp.Language;

/// <summary>Array of maps of one shape.</summary>
/// <typeparam name="TInner">The inner maps' declaration.</typeparam>
/// <param name="maxEntries">How many.</param>
/// <param name="inner">A declaration that is the inner maps' shape.</param>
[BpfMapKind(MapType.ArrayOfMaps, KeySize = 4, ValueSize = 4, InnerArgument = 0)]
public sealed class ArrayOfMaps<TInner>(int maxEntries, TInner inner)
    : MapDeclaration(MapType.ArrayOfMaps, 4, 4, maxEntries, MapFlags.None)
    where TInner : MapDeclaration
{
    private readonly Dictionary<uint, TInner> _plain = [];

    /// <summary>The inner maps' shape.</summary>
    public TInner Inner { get; } = inner;

    /// <summary>The map at an index.</summary>
    /// <param name="index">The index.</param>
    /// <returns>The map, or <see langword="null"/>: compare before use.</returns>
    public TInner? Find(uint index) => Lookup(in index);

    /// <summary>Says which map plain C# finds.</summary>
    /// <param name="index">The index.</param>
    /// <param name="map">The map.</param>
    public void SetPlain(uint index, TInner map) => _plain[index] = map;

    [BpfHelperCall(1)]
    private TInner? Lookup(in uint index) => _plain.GetValueOrDefault(index);

    private protected override PlainStorage CreateStorage() => new PlainNothing(this);
}

/// <summary>Hash table of maps of one shape.</summary>
/// <typeparam name="TKey">Key; compared by its bytes.</typeparam>
/// <typeparam name="TInner">The inner maps' declaration.</typeparam>
/// <param name="maxEntries">How many.</param>
/// <param name="inner">A declaration that is the inner maps' shape.</param>
[BpfMapKind(MapType.HashOfMaps, KeyArgument = 0, ValueSize = 4, InnerArgument = 1)]
public sealed class HashOfMaps<TKey, TInner>(int maxEntries, TInner inner)
    : MapDeclaration(MapType.HashOfMaps, Unsafe.SizeOf<TKey>(), 4, maxEntries, MapFlags.None)
    where TKey : unmanaged
    where TInner : MapDeclaration
{
    private readonly Dictionary<TKey, TInner> _plain = new(new PlainKeyComparer<TKey>());

    /// <summary>The inner maps' shape.</summary>
    public TInner Inner { get; } = inner;

    /// <summary>The map of a key.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The map, or <see langword="null"/>: compare before use.</returns>
    public TInner? Find(in TKey key) => Lookup(in key);

    /// <summary>Says which map plain C# finds.</summary>
    /// <param name="key">The key.</param>
    /// <param name="map">The map.</param>
    public void SetPlain(TKey key, TInner map) => _plain[key] = map;

    [BpfHelperCall(1)]
    private TInner? Lookup(in TKey key) => _plain.GetValueOrDefault(key);

    private protected override PlainStorage CreateStorage() => new PlainNothing(this);
}
