using System.Collections.Immutable;
using System.Runtime.InteropServices;
using BpfSharp.Hooks;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Verifier.Walk;

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
        (KernelFeature.BindFlags,                      512, "bind hooks that return flags"),
        (KernelFeature.Callbacks,                      513, "functions handed to helpers"),
        (KernelFeature.KernelFunctions,                513, "calls of kernel functions"),
        (KernelFeature.Timers,                         515, "timers"),
        (KernelFeature.LoopHelper,                     517, "bpf_loop"),
        (KernelFeature.TypeTags,                       517, "type tags"),
        (KernelFeature.Kptrs,                          519, "kernel pointers in maps"),
        (KernelFeature.Dynptrs,                        519, "dynamic pointers"),
        // 6.3, and the long-term releases of 6.1 with it.
        (KernelFeature.UninitialisedStackReads,        601, "reads of uninitialised stack"),
        (KernelFeature.EqualityByRange,                603, "equality decided by ranges"),
        (KernelFeature.ContextImmediateStores,         604, "constants stored to the context"),
        (KernelFeature.OpenCodedIterators,             604, "iterators written as loops"),
        (KernelFeature.CpuV4,                          606, "instructions of -mcpu=v4"),
        (KernelFeature.Exceptions,                     607, "exceptions"),
        (KernelFeature.TwoRegisterBounds,              608, "bounds from comparing two registers"),
        (KernelFeature.LinkedSpills,                   609, "bounds that reach copies on the stack"),
        (KernelFeature.MayGoto,                        609, "may_goto"),
        (KernelFeature.Arenas,                         609, "arenas"),
        (KernelFeature.LinkedSums,                     611, "bounds that reach sums with a constant"),
        (KernelFeature.LsmReturnRanges,                612, "checked return values of LSM hooks"),
        (KernelFeature.PacketEffectsOfGlobalFunctions, 613, "packet pointers kept over global functions"),
        (KernelFeature.AcquireRelease,                 614, "load-acquire and store-release"),
        (KernelFeature.ConstantKeyLookups,             614, "array lookups with a constant key without null check"),
        (KernelFeature.SpeculationBarriers,            617, "barriers where a guess of the processor would do harm"),
        // 7.0, and the long-term releases of 6.18 with it.
        (KernelFeature.LinkedDifferences,              618, "bounds that reach differences and 32-bit sums with a constant"),
        (KernelFeature.KnownByteSwaps,                 618, "known bits over byte swaps"),
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

    private static readonly (MapFlags Flag, ushort Since)[] s_mapFlags =
    [
        (MapFlags.NoPreallocate, 406), (MapFlags.NoCommonLru, 410), (MapFlags.NumaNode, 414), (MapFlags.ReadOnlyUser, 415),
        (MapFlags.WriteOnlyUser, 415), (MapFlags.StackBuildId, 417), (MapFlags.ZeroSeed, 500), (MapFlags.ReadOnlyProgram, 502),
        (MapFlags.WriteOnlyProgram, 502), (MapFlags.Clone, 504), (MapFlags.Mmapable, 505), (MapFlags.PreserveElements, 510),
        (MapFlags.InnerMap, 510), (MapFlags.Link, 604), (MapFlags.PathFd, 607), (MapFlags.VTypeBtfObjectFd, 609),
        (MapFlags.TokenFd, 609), (MapFlags.SegvOnFault, 609), (MapFlags.NoUserConversion, 609), (MapFlags.RingBufferOverwrite, 619),
    ];

    private static readonly (ProgramFlags Flag, ushort Since)[] s_programFlags =
    [
        (ProgramFlags.StrictAlignment, 412), (ProgramFlags.AnyAlignment, 500), (ProgramFlags.TestRandomHigh32, 503),
        (ProgramFlags.TestStateFrequency, 504), (ProgramFlags.Sleepable, 510), (ProgramFlags.XdpHasFrags, 518),
        (ProgramFlags.XdpDeviceBoundOnly, 603), (ProgramFlags.TestRegisterInvariants, 608),
    ];

    // Sleepable programs came with fentry, fmod_ret and lsm; others followed.
    private static readonly (ProgramType Type, AttachType? Attach, ushort Since)[] s_sleepable =
    [
        (ProgramType.Syscall, null, 514), (ProgramType.Kprobe, null, 600), (ProgramType.StructOps, null, 600),
        (ProgramType.Tracing, AttachType.TraceIter, 600),
    ];

    private static readonly (SpecialFieldKind Kind, ushort Since)[] s_fields =
    [
        (SpecialFieldKind.SpinLock, 501), (SpecialFieldKind.Timer, 515), (SpecialFieldKind.KptrUntrusted, 519),
        (SpecialFieldKind.KptrReferenced, 519), (SpecialFieldKind.ListHead, 602), (SpecialFieldKind.ListNode, 602),
        (SpecialFieldKind.TreeRoot, 603), (SpecialFieldKind.TreeNode, 603), (SpecialFieldKind.RefCount, 604),
        (SpecialFieldKind.KptrPerCpu, 607), (SpecialFieldKind.WorkQueue, 610), (SpecialFieldKind.UserPointer, 613),
        (SpecialFieldKind.ResilientSpinLock, 615), (SpecialFieldKind.TaskWork, 618),
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

    /// <summary>The flags of a map that are not as old as its type, each with its first release.</summary>
    internal static IEnumerable<(MapFlags Flag, ushort Since)> FindFlags(MapFlags flags) => s_mapFlags.Where(row => flags.HasFlag(row.Flag));

    /// <summary>The flags of a program, each with its first release.</summary>
    internal static IEnumerable<(ProgramFlags Flag, ushort Since)> FindFlags(ProgramSpec program) =>
        s_programFlags.Where(row => program.Flags.HasFlag(row.Flag)).Select(row => row.Flag == ProgramFlags.Sleepable
            ? (row.Flag, Array.Find(s_sleepable, s => s.Type == program.Type && (s.Attach is null || s.Attach == program.AttachType)) is
            { Since: > 0 } later ? later.Since : row.Since)
            : row);

    /// <summary>First release with a kind of field in map values.</summary>
    internal static int FindSince(SpecialFieldKind kind) => Array.Find(s_fields, row => row.Kind == kind).Since;

    internal static string Describe(KernelFeature feature) => Array.Find(s_features, row => row.Feature == feature).What;
}
