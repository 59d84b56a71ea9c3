using System.Runtime.CompilerServices;
using BpfSharp.Hosting;

namespace BpfSharp.Maps;

/// <summary>Typed views of live maps: the same for every host. They hold nothing and can be taken any number of times.</summary>
public static class MapViews
{
    extension(LoadedMap map)
    {
        /// <summary>A plain or LRU hash as a dictionary.</summary>
        /// <typeparam name="TKey">The key, laid out as the program's.</typeparam>
        /// <typeparam name="TValue">The value, laid out as the program's.</typeparam>
        /// <exception cref="Diagnostics.BpfException">The map is of another kind (BPF4001), or a size differs (BPF4002).</exception>
        public IHashMap<TKey, TValue> AsHash<TKey, TValue>() where TKey : unmanaged where TValue : unmanaged
        {
            Check<TValue>(map, nameof(AsHash), MapType.Hash, MapType.LruHash, MapType.DevMapHash, MapType.SockHash);
            CheckKey<TKey>(map);
            return new HashMapView<TKey, TValue>(map);
        }

        /// <summary>An array; data sections are arrays of one element.</summary>
        /// <typeparam name="TValue">The value, laid out as the program's.</typeparam>
        /// <exception cref="Diagnostics.BpfException">The map is of another kind (BPF4001), or a size differs (BPF4002).</exception>
        public IArrayMap<TValue> AsArray<TValue>() where TValue : unmanaged
        {
            Check<TValue>(map, nameof(AsArray), MapType.Array);
            return new ArrayMapView<TValue>(map);
        }

        /// <summary>A hash with a value per CPU.</summary>
        /// <typeparam name="TKey">The key, laid out as the program's.</typeparam>
        /// <typeparam name="TValue">One CPU's value, laid out as the program's.</typeparam>
        /// <exception cref="Diagnostics.BpfException">The map is of another kind (BPF4001), or a size differs (BPF4002).</exception>
        public IPerCpuHashMap<TKey, TValue> AsPerCpuHash<TKey, TValue>() where TKey : unmanaged where TValue : unmanaged
        {
            Check<TValue>(map, nameof(AsPerCpuHash), MapType.PerCpuHash, MapType.LruPerCpuHash);
            CheckKey<TKey>(map);
            return new PerCpuHashMapView<TKey, TValue>(map);
        }

        /// <summary>An array with a value per CPU.</summary>
        /// <typeparam name="TValue">One CPU's value, laid out as the program's.</typeparam>
        /// <exception cref="Diagnostics.BpfException">The map is of another kind (BPF4001), or a size differs (BPF4002).</exception>
        public IPerCpuArrayMap<TValue> AsPerCpuArray<TValue>() where TValue : unmanaged
        {
            Check<TValue>(map, nameof(AsPerCpuArray), MapType.PerCpuArray);
            return new PerCpuArrayMapView<TValue>(map);
        }

        /// <summary>A longest-prefix-match map.</summary>
        /// <typeparam name="TAddress">The address: the key without its four bytes of prefix length.</typeparam>
        /// <typeparam name="TValue">The value, laid out as the program's.</typeparam>
        /// <exception cref="Diagnostics.BpfException">The map is of another kind (BPF4001), or a size differs (BPF4002).</exception>
        public IPrefixMap<TAddress, TValue> AsPrefixes<TAddress, TValue>() where TAddress : unmanaged where TValue : unmanaged
        {
            Check<TValue>(map, nameof(AsPrefixes), MapType.LpmTrie);
            if (map.Spec.KeySize != Unsafe.SizeOf<TAddress>() + sizeof(int))
            {
                throw MapErrors.WrongSize(
                    map.Spec, "address", map.Spec.KeySize - sizeof(int), typeof(TAddress), Unsafe.SizeOf<TAddress>());
            }

            return new PrefixMapView<TAddress, TValue>(map);
        }

        /// <summary>A queue or stack.</summary>
        /// <typeparam name="TValue">The value, laid out as the program's.</typeparam>
        /// <exception cref="Diagnostics.BpfException">The map is of another kind (BPF4001), or a size differs (BPF4002).</exception>
        public IQueueMap<TValue> AsQueue<TValue>() where TValue : unmanaged
        {
            Check<TValue>(map, nameof(AsQueue), MapType.Queue, MapType.Stack);
            return new QueueMapView<TValue>(map);
        }

        /// <summary>A bloom filter.</summary>
        /// <typeparam name="TValue">The value, laid out as the program's.</typeparam>
        /// <exception cref="Diagnostics.BpfException">The map is of another kind (BPF4001), or a size differs (BPF4002).</exception>
        public IBloomFilter<TValue> AsBloomFilter<TValue>() where TValue : unmanaged
        {
            Check<TValue>(map, nameof(AsBloomFilter), MapType.BloomFilter);
            return new BloomFilterView<TValue>(map);
        }

        /// <summary>A map of maps.</summary>
        /// <typeparam name="TKey">The key, laid out as the program's; <see cref="uint"/> for arrays of maps.</typeparam>
        /// <exception cref="Diagnostics.BpfException">The map is of another kind (BPF4001), or a size differs (BPF4002).</exception>
        public IMapOfMaps<TKey> AsMapOfMaps<TKey>() where TKey : unmanaged
        {
            Check<uint>(map, nameof(AsMapOfMaps), MapType.ArrayOfMaps, MapType.HashOfMaps);
            CheckKey<TKey>(map);
            return new MapOfMapsView<TKey>(map);
        }

        /// <summary>The records of a ring buffer or perf event array, typed. One reader at a time; dispose it.</summary>
        /// <typeparam name="T">The record, laid out as the program writes it.</typeparam>
        /// <exception cref="Diagnostics.BpfException">The map holds no records, or has a reader already (BPF4006).</exception>
        public IRingBuffer<T> OpenRecords<T>() where T : unmanaged => map.OpenReader().Of<T>();
    }

    private static void Check<TValue>(LoadedMap map, string view, params ReadOnlySpan<MapType> allowed) where TValue : unmanaged
    {
        ArgumentNullException.ThrowIfNull(map);
        if (!allowed.Contains(map.Spec.Type))
        {
            throw MapErrors.WrongKind(map.Spec, view, allowed);
        }

        if (map.Spec.ValueSize != Unsafe.SizeOf<TValue>())
        {
            throw MapErrors.WrongSize(map.Spec, "value", map.Spec.ValueSize, typeof(TValue), Unsafe.SizeOf<TValue>());
        }
    }

    private static void CheckKey<TKey>(LoadedMap map) where TKey : unmanaged
    {
        if (map.Spec.KeySize != Unsafe.SizeOf<TKey>())
        {
            throw MapErrors.WrongSize(map.Spec, "key", map.Spec.KeySize, typeof(TKey), Unsafe.SizeOf<TKey>());
        }
    }
}
