using BpfSharp.Maps;

namespace BpfSharp.Language;

/// <summary>Hash table.</summary>
/// <typeparam name="TKey">Key; compared by its bytes.</typeparam>
/// <typeparam name="TValue">Value.</typeparam>
/// <param name="maxEntries">Most elements.</param>
/// <param name="flags">Creation flags.</param>
[BpfMapKind(MapType.Hash, KeyArgument = 0, ValueArgument = 1)]
public sealed class HashMap<TKey, TValue>(int maxEntries, MapFlags flags = MapFlags.None)
    : EnumerableMap<TKey, TValue>(MapType.Hash, maxEntries, flags)
    where TKey : unmanaged
    where TValue : unmanaged;

/// <summary>Hash table that makes room by dropping the elements used longest ago.</summary>
/// <typeparam name="TKey">Key; compared by its bytes.</typeparam>
/// <typeparam name="TValue">Value.</typeparam>
/// <param name="maxEntries">Most elements.</param>
/// <param name="flags">Creation flags.</param>
[BpfMapKind(MapType.LruHash, KeyArgument = 0, ValueArgument = 1)]
public sealed class LruHashMap<TKey, TValue>(int maxEntries, MapFlags flags = MapFlags.None)
    : EnumerableMap<TKey, TValue>(MapType.LruHash, maxEntries, flags)
    where TKey : unmanaged
    where TValue : unmanaged;

/// <summary>Hash table with a value per CPU: programs see their own CPU's, user space all. As plain C# there is one CPU.</summary>
/// <typeparam name="TKey">Key; compared by its bytes.</typeparam>
/// <typeparam name="TValue">Value.</typeparam>
/// <param name="maxEntries">Most elements.</param>
/// <param name="flags">Creation flags.</param>
[BpfMapKind(MapType.PerCpuHash, KeyArgument = 0, ValueArgument = 1)]
public sealed class PerCpuHashMap<TKey, TValue>(int maxEntries, MapFlags flags = MapFlags.None)
    : EnumerableMap<TKey, TValue>(MapType.PerCpuHash, maxEntries, flags)
    where TKey : unmanaged
    where TValue : unmanaged;

/// <summary>LRU hash table with a value per CPU. As plain C# there is one CPU.</summary>
/// <typeparam name="TKey">Key; compared by its bytes.</typeparam>
/// <typeparam name="TValue">Value.</typeparam>
/// <param name="maxEntries">Most elements.</param>
/// <param name="flags">Creation flags.</param>
[BpfMapKind(MapType.LruPerCpuHash, KeyArgument = 0, ValueArgument = 1)]
public sealed class LruPerCpuHashMap<TKey, TValue>(int maxEntries, MapFlags flags = MapFlags.None)
    : EnumerableMap<TKey, TValue>(MapType.LruPerCpuHash, maxEntries, flags)
    where TKey : unmanaged
    where TValue : unmanaged;

/// <summary>Trie that finds the longest prefix of a key: routes, address ranges.</summary>
/// <typeparam name="TKey">
/// A 32-bit prefix length in bits and then the data in network order: <see cref="IPv4Prefix"/>, <see cref="IPv6Prefix"/> or your own.
/// </typeparam>
/// <typeparam name="TValue">Value.</typeparam>
/// <param name="maxEntries">Most elements.</param>
/// <param name="flags">Creation flags; <see cref="MapFlags.NoPreallocate"/> is always among them.</param>
[BpfMapKind(MapType.LpmTrie, KeyArgument = 0, ValueArgument = 1, Flags = MapFlags.NoPreallocate)]
public sealed class LpmTrie<TKey, TValue>(int maxEntries, MapFlags flags = MapFlags.None)
    : KeyedMap<TKey, TValue>(MapType.LpmTrie, maxEntries, flags | MapFlags.NoPreallocate)
    where TKey : unmanaged
    where TValue : unmanaged;
