using static BpfSharp.Hooks.HelperArgument;
using static BpfSharp.Hooks.HelperReturn;
using static BpfSharp.Hooks.HelperTraits;

namespace BpfSharp.Hooks;

public static partial class HelperTable
{
    // Helpers that are something else for some program types: a row replaces the one of HelperTable.Rows.cs there.
    private static readonly HelperVariant[] s_variants =
    [
        // Without a packet of its own, or since Linux 6.16 without being tc or a tunnel, a program asks of its own task.
        new([
            ProgramType.CgroupSock, ProgramType.CgroupSockAddr, ProgramType.CgroupDevice, ProgramType.CgroupSysctl, ProgramType.CgroupSockopt,
            ProgramType.SocketFilter, ProgramType.Xdp, ProgramType.CgroupSkb, ProgramType.FlowDissector, ProgramType.SkMsg, ProgramType.SkReuseport,
            ProgramType.SkSkb, ProgramType.SockOps, ProgramType.SkLookup, ProgramType.Syscall, ProgramType.Netfilter, ProgramType.Kprobe,
            ProgramType.Tracepoint, ProgramType.PerfEvent, ProgramType.RawTracepoint, ProgramType.RawTracepointWritable, ProgramType.Tracing,
            ProgramType.Lsm, ProgramType.StructOps,
        ],
            new(17, "get_cgroup_classid", 403, Integer, "u32", [],
                None, "Class id of the cgroup (v1 net_cls) of the packet's task.")),
        new([ProgramType.PerfEvent],
            new(27, "get_stackid", 406, Integer, "long", [Context("ctx"), Map("map"), U64("flags")],
                None, "Walks the stack and returns its id in a stack-trace map.")),
        new([ProgramType.RawTracepoint, ProgramType.RawTracepointWritable, ProgramType.Tracing],
            new(67, "get_stack", 418, Integer, "long", [Context("ctx"), In("buf", "void"), BytesOrZero("size"), U64("flags")],
                GplOnly, "Copies the current stack's addresses.")),
        new([ProgramType.SkReuseport, ProgramType.Tracing, ProgramType.Lsm, ProgramType.StructOps, ProgramType.Syscall],
            new(46, "get_socket_cookie", 412, Integer, "u64", [OptionalBtfSocket("sk")],
                None, "Cookie of the socket, unique while the machine is up.")),
        new([ProgramType.CgroupSockopt, ProgramType.Lsm, ProgramType.StructOps, ProgramType.Tracing],
            new(49, "setsockopt", 413, Integer, "long", [BtfSocket("bpf_socket"), S32("level"), S32("optname"), In("optval", "void"), Bytes("optlen")],
                None, "Sets a socket option.")),
        new([ProgramType.CgroupSockopt, ProgramType.Lsm, ProgramType.StructOps, ProgramType.Tracing],
            new(57, "getsockopt", 415, Integer, "long", [BtfSocket("bpf_socket"), S32("level"), S32("optname"), Out("optval", "void"), Bytes("optlen")],
                None, "Reads a socket option.")),
        new([ProgramType.SkLookup],
            new(124, "sk_assign", 506, Integer, "long", [Context("ctx"), OptionalSocket("sk"), U64("flags")],
                None, "Gives the packet to a socket.")),
        new([ProgramType.CgroupSock],
            new(107, "sk_storage_get", 502, MapValueOrNull, "void*", [Map("map"), Context("sk"), OptionalValue("value"), U64("flags")],
                None, "Finds, or makes, a socket's storage.")),
        new([ProgramType.Tracing, ProgramType.Syscall],
            new(107, "sk_storage_get", 502, MapValueOrNull, "void*", [Map("map"), OptionalTyped("sk", "sock_common"), OptionalValue("value"), U64("flags")],
                None, "Finds, or makes, a socket's storage.")),
        new([ProgramType.Tracing, ProgramType.Syscall],
            new(108, "sk_storage_delete", 502, Integer, "long", [Map("map"), OptionalTyped("sk", "sock_common")],
                None, "Deletes a socket's storage.")),
        new([ProgramType.Tracing],
            new(188, "xdp_get_buff_len", 518, Integer, "u64", [Typed("xdp_md", "xdp_buff")],
                None, "Length of the XDP packet, fragments included.")),
    ];
}
