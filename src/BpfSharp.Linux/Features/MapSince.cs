using BpfSharp.Maps;

namespace BpfSharp.Linux.Features;

/// <summary>First Linux release of each map type.</summary>
/// <remarks>Source: the kernel's own history (<c>enum bpf_map_type</c>, release by release).</remarks>
internal static class MapSince
{
    private static readonly Dictionary<MapType, string> s_rows = new()
    {
        [MapType.Hash] = "3.19",
        [MapType.Array] = "3.19",
        [MapType.ProgramArray] = "4.2",
        [MapType.PerfEventArray] = "4.3",
        [MapType.PerCpuHash] = "4.6",
        [MapType.PerCpuArray] = "4.6",
        [MapType.StackTrace] = "4.6",
        [MapType.CgroupArray] = "4.8",
        [MapType.LruHash] = "4.10",
        [MapType.LruPerCpuHash] = "4.10",
        [MapType.LpmTrie] = "4.11",
        [MapType.ArrayOfMaps] = "4.12",
        [MapType.HashOfMaps] = "4.12",
        [MapType.DevMap] = "4.14",
        [MapType.SockMap] = "4.14",
        [MapType.CpuMap] = "4.15",
        [MapType.XskMap] = "4.18",
        [MapType.SockHash] = "4.18",
        [MapType.CgroupStorage] = "4.19",
        [MapType.ReuseportSockArray] = "4.19",
        [MapType.PerCpuCgroupStorage] = "4.20",
        [MapType.Queue] = "4.20",
        [MapType.Stack] = "4.20",
        [MapType.SkStorage] = "5.2",
        [MapType.DevMapHash] = "5.4",
        [MapType.StructOps] = "5.6",
        [MapType.RingBuffer] = "5.8",
        [MapType.InodeStorage] = "5.10",
        [MapType.TaskStorage] = "5.11",
        [MapType.BloomFilter] = "5.16",
        [MapType.UserRingBuffer] = "6.1",
        [MapType.CgroupLocalStorage] = "6.2",
        [MapType.Arena] = "6.9",
        [MapType.InstructionArray] = "6.19",
    };

    internal static string Of(MapType type) => s_rows.GetValueOrDefault(type, "");
}
