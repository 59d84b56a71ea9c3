using BpfSharp.Hosting;
using BpfSharp.Maps;

namespace BpfSharp.Language;

/// <summary>The live, typed map of a declaration: <c>loaded.Map(Firewall.Blocked)</c>, on every host.</summary>
/// <remarks>The build generates an indexer that does the same: <c>loaded[Firewall.Blocked]</c>.</remarks>
public static class DeclaredMaps
{
    /// <summary>A hash table, live.</summary>
    /// <param name="loaded">The live object.</param>
    /// <param name="declaration">Its declaration.</param>
    public static IHashMap<TKey, TValue> Map<TKey, TValue>(this DeclaredObject loaded, HashMap<TKey, TValue> declaration)
        where TKey : unmanaged where TValue : unmanaged => loaded.LiveMap(declaration).AsHash<TKey, TValue>();

    /// <summary>An LRU hash table, live.</summary>
    /// <param name="loaded">The live object.</param>
    /// <param name="declaration">Its declaration.</param>
    public static IHashMap<TKey, TValue> Map<TKey, TValue>(this DeclaredObject loaded, LruHashMap<TKey, TValue> declaration)
        where TKey : unmanaged where TValue : unmanaged => loaded.LiveMap(declaration).AsHash<TKey, TValue>();

    /// <summary>A per-CPU hash table, live.</summary>
    /// <param name="loaded">The live object.</param>
    /// <param name="declaration">Its declaration.</param>
    public static IPerCpuHashMap<TKey, TValue> Map<TKey, TValue>(this DeclaredObject loaded, PerCpuHashMap<TKey, TValue> declaration)
        where TKey : unmanaged where TValue : unmanaged => loaded.LiveMap(declaration).AsPerCpuHash<TKey, TValue>();

    /// <summary>A per-CPU LRU hash table, live.</summary>
    /// <param name="loaded">The live object.</param>
    /// <param name="declaration">Its declaration.</param>
    public static IPerCpuHashMap<TKey, TValue> Map<TKey, TValue>(this DeclaredObject loaded, LruPerCpuHashMap<TKey, TValue> declaration)
        where TKey : unmanaged where TValue : unmanaged => loaded.LiveMap(declaration).AsPerCpuHash<TKey, TValue>();

    /// <summary>An array, live.</summary>
    /// <param name="loaded">The live object.</param>
    /// <param name="declaration">Its declaration.</param>
    public static IArrayMap<TValue> Map<TValue>(this DeclaredObject loaded, ArrayMap<TValue> declaration) where TValue : unmanaged =>
        loaded.LiveMap(declaration).AsArray<TValue>();

    /// <summary>A per-CPU array, live.</summary>
    /// <param name="loaded">The live object.</param>
    /// <param name="declaration">Its declaration.</param>
    public static IPerCpuArrayMap<TValue> Map<TValue>(this DeclaredObject loaded, PerCpuArray<TValue> declaration) where TValue : unmanaged =>
        loaded.LiveMap(declaration).AsPerCpuArray<TValue>();

    /// <summary>A queue, live.</summary>
    /// <param name="loaded">The live object.</param>
    /// <param name="declaration">Its declaration.</param>
    public static IQueueMap<T> Map<T>(this DeclaredObject loaded, QueueMap<T> declaration) where T : unmanaged => loaded.LiveMap(declaration).AsQueue<T>();

    /// <summary>A stack, live.</summary>
    /// <param name="loaded">The live object.</param>
    /// <param name="declaration">Its declaration.</param>
    public static IQueueMap<T> Map<T>(this DeclaredObject loaded, StackMap<T> declaration) where T : unmanaged => loaded.LiveMap(declaration).AsQueue<T>();

    /// <summary>A bloom filter, live.</summary>
    /// <param name="loaded">The live object.</param>
    /// <param name="declaration">Its declaration.</param>
    public static IBloomFilter<T> Map<T>(this DeclaredObject loaded, BloomFilter<T> declaration) where T : unmanaged =>
        loaded.LiveMap(declaration).AsBloomFilter<T>();

    /// <summary>A trie, live, with its whole key.</summary>
    /// <param name="loaded">The live object.</param>
    /// <param name="declaration">Its declaration.</param>
    public static ITrie<TKey, TValue> Map<TKey, TValue>(this DeclaredObject loaded, LpmTrie<TKey, TValue> declaration)
        where TKey : unmanaged where TValue : unmanaged => new Trie<TKey, TValue>(loaded.LiveMap(declaration));

    /// <summary>The records of a ring buffer; opened once and closed with the object.</summary>
    /// <param name="loaded">The live object.</param>
    /// <param name="declaration">Its declaration.</param>
    public static IRingBuffer<T> Map<T>(this DeclaredObject loaded, RingBuffer<T> declaration) where T : unmanaged => loaded.Records<T>(declaration);

    /// <summary>The records of perf buffers; opened once and closed with the object.</summary>
    /// <param name="loaded">The live object.</param>
    /// <param name="declaration">Its declaration.</param>
    public static IRingBuffer<T> Map<T>(this DeclaredObject loaded, PerfEventArray<T> declaration) where T : unmanaged => loaded.Records<T>(declaration);

    /// <summary>Any other map, in bytes.</summary>
    /// <param name="loaded">The live object.</param>
    /// <param name="declaration">Its declaration.</param>
    public static LoadedMap Map(this DeclaredObject loaded, MapDeclaration declaration) => loaded.LiveMap(declaration);
}

/// <summary>A live trie whose keys are a prefix length in bits followed by data.</summary>
/// <typeparam name="TKey">Key: <see cref="IPv4Prefix"/>, <see cref="IPv6Prefix"/> or your own.</typeparam>
/// <typeparam name="TValue">Value.</typeparam>
public interface ITrie<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    /// <summary>Creates or replaces the value of a prefix.</summary>
    /// <param name="prefix">The prefix.</param>
    /// <exception cref="Diagnostics.BpfException">The map is full or refused it.</exception>
    TValue this[TKey prefix] { set; }

    /// <summary>The value of the longest prefix that holds a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; zeros if there is none.</param>
    /// <returns>Whether there is one.</returns>
    bool TryMatch(TKey key, out TValue value);

    /// <summary>Deletes a prefix.</summary>
    /// <param name="prefix">The prefix.</param>
    /// <returns>Whether it was there.</returns>
    bool Remove(TKey prefix);
}

/// <summary>A trie over bytes.</summary>
internal sealed class Trie<TKey, TValue>(LoadedMap map) : ITrie<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    public TValue this[TKey prefix]
    {
        set
        {
            int result = map.Update(Bytes(ref prefix), Bytes(ref value));
            if (result != 0)
            {
                throw MapErrors.Refused(map.Spec, "writing an element", result);
            }
        }
    }

    public bool TryMatch(TKey key, out TValue value)
    {
        value = default;
        return map.Lookup(Bytes(ref key), Bytes(ref value)) == 0;
    }

    public bool Remove(TKey prefix) => map.Delete(Bytes(ref prefix)) == 0;

    private static Span<byte> Bytes<T>(ref T value) where T : unmanaged =>
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(new Span<T>(ref value));
}
