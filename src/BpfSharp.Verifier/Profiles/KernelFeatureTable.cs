using System.Collections.Immutable;
using System.Runtime.InteropServices;
using BpfSharp.Hooks;
using BpfSharp.Maps;

namespace BpfSharp.Verifier.Profiles;

/// <summary>Since which Linux release the kernel has what programs need.</summary>
/// <remarks>Facts from the kernel's release notes and documentation, and from measuring 5.10, 6.1, 6.12 and 6.18.</remarks>
public static class KernelFeatureTable
{
    private static readonly (KernelFeature Feature, ushort Since, string What)[] s_features =
    [
        (KernelFeature.LocalCalls,                     416, "calls between functions of the program"),
        (KernelFeature.LargePrograms,                  502, "programs of more than 4,096 instructions"),
        (KernelFeature.GlobalData,                     502, "global variables"),
        (KernelFeature.BoundedLoops,                   503, "loops"),
        (KernelFeature.BtfPointers,                    505, "typed kernel pointers"),
        (KernelFeature.GlobalFunctions,                506, "global functions"),
        (KernelFeature.Links,                          507, "links"),
        (KernelFeature.Sleepable,                      510, "sleepable programs"),
        (KernelFeature.TailCallsWithLocalCalls,        510, "tail calls beside local calls"),
        (KernelFeature.AtomicFetch,                    512, "atomic operations other than add without result"),
        (KernelFeature.Callbacks,                      513, "functions handed to helpers"),
        (KernelFeature.KernelFunctions,                513, "calls of kernel functions"),
        (KernelFeature.Timers,                         515, "timers"),
        (KernelFeature.LoopHelper,                     517, "bpf_loop"),
        (KernelFeature.TypeTags,                       517, "type tags"),
        (KernelFeature.Kptrs,                          519, "kernel pointers in maps"),
        (KernelFeature.Dynptrs,                        519, "dynamic pointers"),
        (KernelFeature.UninitialisedStackReads,        603, "reads of uninitialised stack"),
        (KernelFeature.OpenCodedIterators,             604, "iterators written as loops"),
        (KernelFeature.CpuV4,                          606, "instructions of -mcpu=v4"),
        (KernelFeature.Exceptions,                     607, "exceptions"),
        (KernelFeature.MayGoto,                        609, "may_goto"),
        (KernelFeature.Arenas,                         609, "arenas"),
        (KernelFeature.LsmReturnRanges,                612, "checked return values of LSM hooks"),
        (KernelFeature.PacketEffectsOfGlobalFunctions, 613, "packet pointers kept over global functions"),
        (KernelFeature.AcquireRelease,                 614, "load-acquire and store-release"),
        (KernelFeature.ConstantKeyLookups,             614, "array lookups with a constant key without null check"),
    ];

    private static readonly (MapType Type, ushort Since)[] s_maps =
    [
        (MapType.Hash, 319), (MapType.Array, 319), (MapType.ProgramArray, 402), (MapType.PerfEventArray, 403),
        (MapType.PerCpuHash, 406), (MapType.PerCpuArray, 406), (MapType.StackTrace, 406), (MapType.CgroupArray, 408),
        (MapType.LruHash, 410), (MapType.LruPerCpuHash, 410), (MapType.LpmTrie, 411), (MapType.ArrayOfMaps, 412),
        (MapType.HashOfMaps, 412), (MapType.DevMap, 414), (MapType.SockMap, 414), (MapType.CpuMap, 415),
        (MapType.XskMap, 418), (MapType.SockHash, 418), (MapType.CgroupStorage, 419), (MapType.ReuseportSockArray, 419),
        (MapType.PerCpuCgroupStorage, 420), (MapType.Queue, 420), (MapType.Stack, 420), (MapType.SkStorage, 502),
        (MapType.DevMapHash, 504), (MapType.StructOps, 506), (MapType.RingBuffer, 508), (MapType.InodeStorage, 510),
        (MapType.TaskStorage, 511), (MapType.BloomFilter, 516), (MapType.UserRingBuffer, 601),
        (MapType.CgroupLocalStorage, 602), (MapType.Arena, 609), (MapType.InstructionArray, 619),
    ];

    private static readonly (AttachType Type, ushort Since)[] s_attachTypes =
    [
        (AttachType.CgroupInet4Bind, 417), (AttachType.CgroupInet6Bind, 417), (AttachType.CgroupInet4Connect, 417),
        (AttachType.CgroupInet6Connect, 417), (AttachType.CgroupInet4PostBind, 417), (AttachType.CgroupInet6PostBind, 417),
        (AttachType.CgroupUdp4SendMsg, 418), (AttachType.CgroupUdp6SendMsg, 418), (AttachType.CgroupUdp4RecvMsg, 502),
        (AttachType.CgroupUdp6RecvMsg, 502), (AttachType.CgroupGetSockopt, 503), (AttachType.CgroupSetSockopt, 503),
        (AttachType.TraceRawTp, 505), (AttachType.TraceFentry, 505), (AttachType.TraceFexit, 505),
        (AttachType.ModifyReturn, 507), (AttachType.LsmMac, 507), (AttachType.TraceIter, 508),
        (AttachType.CgroupInet4GetPeerName, 508), (AttachType.CgroupInet6GetPeerName, 508),
        (AttachType.CgroupInet4GetSockName, 508), (AttachType.CgroupInet6GetSockName, 508), (AttachType.XdpDevmap, 508),
        (AttachType.CgroupInetSockRelease, 509), (AttachType.XdpCpumap, 509), (AttachType.SkLookup, 509),
        (AttachType.SkSkbVerdict, 513), (AttachType.SkReuseportSelectOrMigrate, 514), (AttachType.PerfEvent, 515),
        (AttachType.TraceKprobeMulti, 518), (AttachType.LsmCgroup, 600), (AttachType.Netfilter, 604),
        (AttachType.TcxIngress, 606), (AttachType.TcxEgress, 606), (AttachType.TraceUprobeMulti, 606),
        (AttachType.CgroupUnixConnect, 607), (AttachType.CgroupUnixSendMsg, 607), (AttachType.CgroupUnixRecvMsg, 607),
        (AttachType.CgroupUnixGetPeerName, 607), (AttachType.CgroupUnixGetSockName, 607), (AttachType.NetkitPrimary, 607),
        (AttachType.NetkitPeer, 607), (AttachType.TraceKprobeSession, 610), (AttachType.TraceUprobeSession, 613),
    ];

    /// <summary>All features with their first release and what they are, in the order of the releases.</summary>
    public static ImmutableArray<(KernelFeature Feature, ushort Since, string What)> All =>
        ImmutableCollectionsMarshal.AsImmutableArray(s_features);

    /// <summary>First release with a feature: major * 100 + minor.</summary>
    public static int FindSince(KernelFeature feature) => Array.Find(s_features, row => row.Feature == feature).Since;

    /// <summary>First release with a kind of map; 0 if unknown.</summary>
    public static int FindSince(MapType type) => Array.Find(s_maps, row => row.Type == type).Since;

    /// <summary>First release with an attach type; 0 if it is as old as its program type.</summary>
    public static int FindSince(AttachType type) => Array.Find(s_attachTypes, row => row.Type == type).Since;

    internal static string Describe(KernelFeature feature) => Array.Find(s_features, row => row.Feature == feature).What;
}
