using BpfSharp.Hooks;
using BpfSharp.Maps;

namespace BpfSharp.Verifier.Walk;

/// <summary>Which helpers go with which kinds of map: measured facts of Linux, one row per kind or helper.</summary>
internal static class MapHelperRules
{
    // Kinds of map that only these helpers take.
    private static readonly (MapType Type, int[] Helpers)[] s_byMap =
    [
        (MapType.ProgramArray,         [12]),
        (MapType.PerfEventArray,       [22, 25, 55, 111, 121]),
        (MapType.RingBuffer,           [130, 131, 132, 133, 134, 198, 199, 200]),
        (MapType.UserRingBuffer,       [209]),
        (MapType.StackTrace,           [27]),
        (MapType.CgroupArray,          [33, 37]),
        (MapType.CgroupStorage,        [81]),
        (MapType.PerCpuCgroupStorage,  [81]),
        (MapType.DevMap,               [51, 1]),
        (MapType.DevMapHash,           [51, 1]),
        (MapType.CpuMap,               [51]),
        (MapType.XskMap,               [51, 1]),
        (MapType.ArrayOfMaps,          [1]),
        (MapType.HashOfMaps,           [1]),
        (MapType.SockMap,              [52, 53, 3, 60, 82, 1, 2, 124]),
        (MapType.SockHash,             [72, 70, 3, 71, 82, 1, 2, 124]),
        (MapType.ReuseportSockArray,   [82]),
        (MapType.Queue,                [87, 88, 89]),
        (MapType.Stack,                [87, 88, 89]),
        (MapType.SkStorage,            [107, 108]),
        (MapType.InodeStorage,         [145, 146]),
        (MapType.TaskStorage,          [156, 157]),
        (MapType.CgroupLocalStorage,   [210, 211]),
        (MapType.BloomFilter,          [87, 89]),
        (MapType.StructOps,            []),
        (MapType.Arena,                []),
        (MapType.InstructionArray,     []),
    ];

    // Helpers that only take these kinds of map.
    private static readonly (int Helper, MapType[] Types)[] s_byHelper =
    [
        (12,  [MapType.ProgramArray]),
        (22,  [MapType.PerfEventArray]), (25, [MapType.PerfEventArray]), (55, [MapType.PerfEventArray]),
        (111, [MapType.PerfEventArray]), (121, [MapType.PerfEventArray]),
        (130, [MapType.RingBuffer]), (131, [MapType.RingBuffer]), (134, [MapType.RingBuffer]), (198, [MapType.RingBuffer]),
        (209, [MapType.UserRingBuffer]),
        (27,  [MapType.StackTrace]),
        (33,  [MapType.CgroupArray]), (37, [MapType.CgroupArray]),
        (51,  [MapType.DevMap, MapType.DevMapHash, MapType.CpuMap, MapType.XskMap]),
        (52,  [MapType.SockMap]), (53, [MapType.SockMap]), (60, [MapType.SockMap]),
        (70,  [MapType.SockHash]), (71, [MapType.SockHash]), (72, [MapType.SockHash]),
        (81,  [MapType.CgroupStorage, MapType.PerCpuCgroupStorage]),
        (82,  [MapType.ReuseportSockArray, MapType.SockMap, MapType.SockHash]),
        (87,  [MapType.Queue, MapType.Stack, MapType.BloomFilter]),
        (88,  [MapType.Queue, MapType.Stack]),
        (89,  [MapType.Queue, MapType.Stack, MapType.BloomFilter]),
        (107, [MapType.SkStorage]), (108, [MapType.SkStorage]),
        (145, [MapType.InodeStorage]), (146, [MapType.InodeStorage]),
        (156, [MapType.TaskStorage]), (157, [MapType.TaskStorage]),
        (195, [MapType.PerCpuArray, MapType.PerCpuHash, MapType.LruPerCpuHash]),
        (210, [MapType.CgroupLocalStorage]), (211, [MapType.CgroupLocalStorage]),
        (164, [MapType.Array, MapType.PerCpuArray, MapType.Hash, MapType.LruHash, MapType.PerCpuHash, MapType.LruPerCpuHash]),
        (169, [MapType.Array, MapType.Hash, MapType.LruHash, MapType.PerCpuArray, MapType.PerCpuHash]),
    ];

    /// <summary>Whether programs of a type may put sockets into a map (helper 2) or take them out (3).</summary>
    public static bool MayChangeSockets(ProgramType type, int helper, AttachType? attach) => type switch
    {
        ProgramType.SockOps => helper == 3,
        ProgramType.Tracing => attach == AttachType.TraceIter || helper == 3,
        ProgramType.SocketFilter or ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.Xdp or ProgramType.SkReuseport
            or ProgramType.FlowDissector or ProgramType.SkLookup => true,
        ProgramType.Unspecified or ProgramType.Kprobe or ProgramType.Tracepoint or ProgramType.PerfEvent or ProgramType.CgroupSkb
            or ProgramType.CgroupSock or ProgramType.LwtIn or ProgramType.LwtOut or ProgramType.LwtXmit or ProgramType.SkSkb
            or ProgramType.CgroupDevice or ProgramType.SkMsg or ProgramType.RawTracepoint or ProgramType.CgroupSockAddr
            or ProgramType.LwtSeg6Local or ProgramType.LircMode2 or ProgramType.CgroupSysctl or ProgramType.RawTracepointWritable
            or ProgramType.CgroupSockopt or ProgramType.StructOps or ProgramType.Extension or ProgramType.Lsm or ProgramType.Syscall
            or ProgramType.Netfilter => false,
        _ => false,
    };

    // Helper 87 is push, 88 pop, 89 peek.
    public static bool Fits(MapType map, int helper)
    {
        foreach ((MapType type, int[] helpers) in s_byMap)
        {
            if (type == map && !helpers.Contains(helper))
            {
                return false;
            }
        }

        foreach ((int id, MapType[] types) in s_byHelper)
        {
            if (id == helper && !types.Contains(map))
            {
                return false;
            }
        }

        return true;
    }
}
