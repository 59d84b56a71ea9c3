using BpfSharp.Maps;

namespace BpfSharp.Objects;

/// <summary>The typed view of a map, as C# code.</summary>
internal static class AccessorMap
{
    private const string Views = "global::BpfSharp.Maps.";
    private const string Raw = "global::BpfSharp.Hosting.LoadedMap";

    /// <summary>Type of the member, and what makes the view of the live map (empty: the map itself).</summary>
    internal static (string Type, string View) Write(MapSpec map, AccessorTypes types, string name)
    {
        string? Key() => types.Find(map.KeyTypeId, map.KeySize, name + "Key");
        string? Value() => types.Find(map.ValueTypeId, map.ValueSize, name + "Value");
        return map.Type switch
        {
            MapType.Hash or MapType.LruHash => Keyed("IHashMap", "AsHash", Key(), Value()),
            MapType.PerCpuHash or MapType.LruPerCpuHash => Keyed("IPerCpuHashMap", "AsPerCpuHash", Key(), Value()),
            MapType.LpmTrie => Keyed("IPrefixMap", "AsPrefixes", Address(map, types, name), Value()),
            MapType.Array => Valued("IArrayMap", "AsArray", Value()),
            MapType.PerCpuArray => Valued("IPerCpuArrayMap", "AsPerCpuArray", Value()),
            MapType.Queue or MapType.Stack => Valued("IQueueMap", "AsQueue", Value()),
            MapType.BloomFilter => Valued("IBloomFilter", "AsBloomFilter", Value()),
            MapType.ArrayOfMaps or MapType.HashOfMaps => Valued("IMapOfMaps", "AsMapOfMaps", Key()),
            _ => (Raw, ""),
        };
    }

    // The prefix length stands before the address; the view adds it.
    private static string? Address(MapSpec map, AccessorTypes types, string name) => map.KeySize > sizeof(uint)
        ? types.Find(0, map.KeySize - sizeof(uint), name + "Address") : null;

    private static (string Type, string View) Keyed(string type, string view, string? key, string? value) => key is null || value is null
        ? (Raw, "") : ($"{Views}{type}<{key}, {value}>", $"{view}<{key}, {value}>()");

    private static (string Type, string View) Valued(string type, string view, string? value) =>
        value is null ? (Raw, "") : ($"{Views}{type}<{value}>", $"{view}<{value}>()");
}
