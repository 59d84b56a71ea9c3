using System.Collections.Immutable;
using System.Runtime.InteropServices;
using static BpfSharp.Hooks.ProgramTypeTraits;

namespace BpfSharp.Hooks;

/// <summary>The program types: context, helpers they may call, values they may return.</summary>
/// <remarks>Helper sets and return ranges are measured on a live kernel (Linux 6.18; 6.12 for fentry, fexit, fmod_ret and lsm).</remarks>
public static partial class ProgramTypeTable
{
    private const ProgramTypeTraits Net = NeedsNetAdmin;

    private static readonly ProgramTypeInfo[] s_types =
    [
        //  type                                since context                      traits
        new(ProgramType.SocketFilter,            319, "__sk_buff",                 ClassicPacketLoads),
        new(ProgramType.Kprobe,                  401, "pt_regs",                   NeedsPerfmon | MaySleep),
        new(ProgramType.SchedCls,                401, "__sk_buff",                 Net | ReadsPacket | WritesPacket | ClassicPacketLoads),
        new(ProgramType.SchedAct,                401, "__sk_buff",                 Net | ReadsPacket | WritesPacket | ClassicPacketLoads),
        new(ProgramType.Tracepoint,              407, null,                        NeedsPerfmon),
        new(ProgramType.Xdp,                     408, "xdp_md",                    Net | ReadsPacket | WritesPacket | Fragments),
        new(ProgramType.PerfEvent,               409, "bpf_perf_event_data",       NeedsPerfmon),
        new(ProgramType.CgroupSkb,               410, "__sk_buff",                 Net | ReadsPacket),
        new(ProgramType.CgroupSock,              410, "bpf_sock",                  Net),
        new(ProgramType.LwtIn,                   410, "__sk_buff",                 Net | ReadsPacket),
        new(ProgramType.LwtOut,                  410, "__sk_buff",                 Net | ReadsPacket),
        new(ProgramType.LwtXmit,                 410, "__sk_buff",                 Net | ReadsPacket | WritesPacket),
        new(ProgramType.SockOps,                 413, "bpf_sock_ops",              Net | ReadsPacket),
        new(ProgramType.SkSkb,                   414, "__sk_buff",                 Net | ReadsPacket | WritesPacket),
        new(ProgramType.CgroupDevice,            415, "bpf_cgroup_dev_ctx",        Net),
        new(ProgramType.SkMsg,                   417, "sk_msg_md",                 Net | ReadsPacket | WritesPacket),
        new(ProgramType.RawTracepoint,           417, "bpf_raw_tracepoint_args",   NeedsPerfmon),
        new(ProgramType.CgroupSockAddr,          417, "bpf_sock_addr",             Net | NeedsAttachType),
        new(ProgramType.LwtSeg6Local,            418, "__sk_buff",                 Net | ReadsPacket),
        new(ProgramType.LircMode2,               418, "__u32",                     None),
        new(ProgramType.SkReuseport,             419, "sk_reuseport_md",           Net | ReadsPacket),
        new(ProgramType.FlowDissector,           420, "__sk_buff",                 Net | ReadsPacket),
        new(ProgramType.CgroupSysctl,            502, "bpf_sysctl",                Net),
        new(ProgramType.RawTracepointWritable,   502, "bpf_raw_tracepoint_args",   NeedsPerfmon),
        new(ProgramType.CgroupSockopt,           503, "bpf_sockopt",               Net | ReadsPacket | WritesPacket | NeedsAttachType),
        new(ProgramType.Tracing,                 505, null,                        NeedsPerfmon | NeedsAttachTarget | NeedsAttachType | BtfPointers | MaySleep),
        new(ProgramType.StructOps,               506, null,                        Net | NeedsPerfmon | NeedsAttachTarget | BtfPointers | MaySleep | NeedsGpl),
        new(ProgramType.Extension,               506, null,                        NeedsPerfmon | NeedsAttachTarget),
        new(ProgramType.Lsm,                     507, null,                        NeedsPerfmon | NeedsAttachTarget | NeedsAttachType | BtfPointers | MaySleep | NeedsGpl),
        new(ProgramType.SkLookup,                509, "bpf_sk_lookup",             Net | NeedsAttachType),
        new(ProgramType.Syscall,                 514, null,                        MaySleep),
        new(ProgramType.Netfilter,               604, "bpf_nf_ctx",                Net | NeedsAttachType | BtfPointers),
    ];

    // Types that are not here may return anything. LSM and struct_ops depend on the hook's own return type besides.
    private static readonly (ProgramType Type, ImmutableArray<AttachType> Attach, ReturnRange Range)[] s_returns =
    [
        (ProgramType.CgroupSkb,      [AttachType.CgroupInetEgress], new(0, 3)),
        (ProgramType.CgroupSkb,      [], new(0, 1)),
        (ProgramType.CgroupSock,     [], new(0, 1)),
        (ProgramType.CgroupDevice,   [], new(0, 1)),
        (ProgramType.CgroupSysctl,   [], new(0, 1)),
        (ProgramType.CgroupSockopt,  [], new(0, 1)),
        (ProgramType.SockOps,        [], new(0, 1)),
        (ProgramType.CgroupSockAddr, [AttachType.CgroupInet4Bind, AttachType.CgroupInet6Bind], new(0, 3)),
        (ProgramType.CgroupSockAddr,
            [AttachType.CgroupUdp4RecvMsg, AttachType.CgroupUdp6RecvMsg, AttachType.CgroupUnixRecvMsg,
            AttachType.CgroupInet4GetPeerName, AttachType.CgroupInet6GetPeerName, AttachType.CgroupUnixGetPeerName,
            AttachType.CgroupInet4GetSockName, AttachType.CgroupInet6GetSockName, AttachType.CgroupUnixGetSockName], new(1, 1)),
        (ProgramType.CgroupSockAddr, [], new(0, 1)),
        (ProgramType.Kprobe,         [AttachType.TraceKprobeSession, AttachType.TraceUprobeSession], new(0, 1)),
        (ProgramType.Tracing,        [AttachType.TraceFentry, AttachType.TraceFexit], new(0, 0)),
        (ProgramType.Tracing,        [AttachType.TraceIter], new(0, 1)),
        (ProgramType.Lsm,            [AttachType.LsmCgroup], new(0, 1)),
        (ProgramType.SkLookup,       [], new(0, 1)),
        (ProgramType.Netfilter,      [], new(0, 1)),
    ];

    // Not measured: the kernels asked were locked down or lacked the option. From public documentation.
    private static readonly (ProgramType Type, byte[] Helpers)[] s_documentedHelpers =
    [
        (ProgramType.Kprobe,                [36, 58]),              // probe_write_user, override_return
        (ProgramType.Tracepoint,            [36]),
        (ProgramType.PerfEvent,             [36]),
        (ProgramType.RawTracepoint,         [36]),
        (ProgramType.RawTracepointWritable, [36]),
        (ProgramType.Tracing,               [36]),
        (ProgramType.LircMode2,             [77, 78, 92, 6, 177]),  // rc_repeat, rc_keydown, rc_pointer_rel, trace_printk
    ];

    /// <summary>All program types.</summary>
    public static ImmutableArray<ProgramTypeInfo> All => ImmutableCollectionsMarshal.AsImmutableArray(s_types);

    /// <summary>A program type's row, or <see langword="null"/> for a type the table does not know.</summary>
    public static ProgramTypeInfo? Find(ProgramType type)
    {
        int index = (int)type - 1;
        return (uint)index < (uint)s_types.Length ? s_types[index] : null;
    }

    /// <summary>The values programs may return, or <see langword="null"/> if any.</summary>
    /// <param name="type">Program type.</param>
    /// <param name="attach">Attach type, where the range depends on it.</param>
    public static ReturnRange? FindReturnRange(ProgramType type, AttachType? attach = null)
    {
        foreach ((ProgramType rowType, ImmutableArray<AttachType> rowAttach, ReturnRange range) in s_returns)
        {
            if (rowType == type && (rowAttach.IsEmpty || (attach is not null && rowAttach.Contains(attach.Value))))
            {
                return range;
            }
        }

        return null;
    }

    /// <summary>Whether programs of a type may call a helper (licence and kernel version aside).</summary>
    /// <param name="type">Program type.</param>
    /// <param name="helper">Helper number.</param>
    /// <param name="attach">Attach type, where the set depends on it.</param>
    /// <param name="sleepable">Whether the program is sleepable.</param>
    public static bool Allows(ProgramType type, int helper, AttachType? attach = null, bool sleepable = false)
    {
        if ((uint)helper > HelperTable.LastId)
        {
            return false;
        }

        return s_baseHelpers.AsSpan().Contains((byte)helper)
            || (FindSet(type, attach, sleepable) is { } set && set.Helpers.AsSpan().Contains((byte)helper))
            || s_documentedHelpers.Any(row => row.Type == type && row.Helpers.Contains((byte)helper));
    }

    /// <summary>The first Linux release in which programs of a type may call a helper: major * 100 + minor; 0 if none.</summary>
    /// <param name="type">Program type.</param>
    /// <param name="helper">Helper number.</param>
    /// <param name="attach">Attach type, where the set depends on it.</param>
    /// <remarks>Measured on 5.10, 6.1, 6.12 and 6.18; where a type got a helper between two of them, the later is given.</remarks>
    public static int FindSince(ProgramType type, int helper, AttachType? attach = null)
    {
        if (HelperTable.Find(helper) is not { } row || !Allows(type, helper, attach))
        {
            return 0;
        }

        int since = Math.Max(row.Since, Find(type)?.Since ?? 0);
        foreach (LaterHelpers later in s_laterHelpers)
        {
            if (later.Types.Contains(type) && later.Helpers.AsSpan().Contains((byte)helper))
            {
                since = Math.Max(since, later.Since);
            }
        }

        return since;
    }

    /// <summary>The helpers programs of a type may call, ascending.</summary>
    /// <param name="type">Program type.</param>
    /// <param name="attach">Attach type, where the set depends on it.</param>
    /// <param name="sleepable">Whether the program is sleepable.</param>
    public static ImmutableArray<int> FindHelpers(ProgramType type, AttachType? attach = null, bool sleepable = false)
    {
        byte[] own = FindSet(type, attach, sleepable)?.Helpers ?? [];
        return [.. s_baseHelpers.Concat(own).Select(id => (int)id).Distinct().Order()];
    }

    /// <summary>The program types that may call a helper at one of their hooks.</summary>
    public static ImmutableArray<ProgramType> FindTypes(int helper)
    {
        return s_baseHelpers.Contains((byte)helper)
            ? [.. s_types.Select(row => row.Type)]
            : [.. s_helperSets.Where(set => set.Helpers.Contains((byte)helper)).Select(set => set.Type).Distinct()];
    }

    private static HelperSet? FindSet(ProgramType type, AttachType? attach, bool sleepable)
    {
        HelperSet? general = null;
        foreach (HelperSet set in s_helperSets)
        {
            if (set.Type != type || (set.Sleepable is { } only && only != sleepable))
            {
                continue;
            }

            if (attach is not null && set.AttachTypes.Contains(attach.Value))
            {
                return set;
            }

            if (general is null || (set.AttachTypes.IsEmpty && !general.AttachTypes.IsEmpty))
            {
                general = set;
            }
        }

        return general;
    }

    private sealed record LaterHelpers(ushort Since, ImmutableArray<ProgramType> Types, byte[] Helpers);

    private sealed record HelperSet(ProgramType Type, ImmutableArray<AttachType> AttachTypes, bool? Sleepable, byte[] Helpers);
}
