using BpfSharp.Btf;
using BpfSharp.Diagnostics;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Runtime.Maps;

/// <summary>Makes maps by kind. To add a kind: derive from <see cref="RuntimeMap"/>, add a row here and one to <see cref="MapRules"/>.</summary>
internal static class MapFactory
{
    private static readonly Dictionary<MapType, Func<MapSpec, RuntimeMap>> s_kinds = new()
    {
        [MapType.Hash] = spec => new HashMap(spec),
        [MapType.PerCpuHash] = spec => new HashMap(spec),
        [MapType.LruHash] = spec => new HashMap(spec),
        [MapType.LruPerCpuHash] = spec => new HashMap(spec),
        [MapType.DevMapHash] = spec => new HashMap(spec),
        [MapType.SockHash] = spec => new HashMap(spec),
        [MapType.HashOfMaps] = spec => new HashOfMapsMap(spec),
        [MapType.Array] = spec => new ArrayMap(spec),
        [MapType.PerCpuArray] = spec => new PerCpuArrayMap(spec),
        [MapType.ArrayOfMaps] = spec => new ArrayOfMapsMap(spec),
        [MapType.ProgramArray] = spec => new ProgramArrayMap(spec),
        [MapType.PerfEventArray] = spec => new PerfEventArrayMap(spec),
        [MapType.StackTrace] = spec => new StackTraceMap(spec),
        [MapType.LpmTrie] = spec => new LpmTrieMap(spec),
        [MapType.Queue] = spec => new QueueMap(spec),
        [MapType.Stack] = spec => new QueueMap(spec),
        [MapType.BloomFilter] = spec => new BloomFilterMap(spec),
        [MapType.RingBuffer] = spec => new RingBufferMap(spec),
        [MapType.UserRingBuffer] = spec => new UserRingBufferMap(spec),
        [MapType.CgroupArray] = spec => new SlotTableMap(spec),
        [MapType.DevMap] = spec => new SlotTableMap(spec),
        [MapType.CpuMap] = spec => new SlotTableMap(spec),
        [MapType.XskMap] = spec => new SlotTableMap(spec),
        [MapType.SockMap] = spec => new SlotTableMap(spec),
        [MapType.ReuseportSockArray] = spec => new SlotTableMap(spec),
        [MapType.SkStorage] = spec => new LocalStorageMap(spec),
        [MapType.TaskStorage] = spec => new LocalStorageMap(spec),
        [MapType.InodeStorage] = spec => new LocalStorageMap(spec),
        [MapType.CgroupLocalStorage] = spec => new LocalStorageMap(spec),
        [MapType.CgroupStorage] = spec => new CgroupStorageMap(spec),
        [MapType.PerCpuCgroupStorage] = spec => new CgroupStorageMap(spec),
    };

    /// <summary>Kinds that run in process.</summary>
    public static IReadOnlyCollection<MapType> Kinds => s_kinds.Keys;

    /// <summary>Makes a map.</summary>
    /// <param name="spec">What it is to look like; a copy of the map's own, which is completed.</param>
    /// <param name="btf">The object's types, to find locks and timers in values; <see langword="null"/> without.</param>
    /// <param name="maxBytes">Most bytes it may take.</param>
    /// <exception cref="BpfException">
    /// The kind does not run in process (BPF4201), its shape is not allowed (BPF4210), or it is too big (BPF4211).
    /// </exception>
    public static RuntimeMap Create(MapSpec spec, BtfFile? btf, long maxBytes = MapRules.DefaultMaxBytes)
    {
        if (!s_kinds.TryGetValue(spec.Type, out Func<MapSpec, RuntimeMap>? make))
        {
            throw new BpfException(new Finding
            {
                Id = "BPF4201",
                Where = $"map '{spec.Name}'",
                Message = $"maps of kind {spec.Type} do not run in process",
                Suggestion = $"kinds that do: {string.Join(", ", s_kinds.Keys.Order())}; or load the object in the kernel",
            });
        }

        MapRules.Complete(spec);
        MapRules.Check(spec, maxBytes);
        RuntimeMap map = make(spec);
        map.SetSpecialFields(SpecialFieldFinder.Find(spec, btf));
        return map;
    }
}
