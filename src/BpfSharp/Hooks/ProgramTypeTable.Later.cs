// Kept by hand: what Linux 5.10, 6.1, 6.12 and 6.18 answered to eng/hooks/probe.c (helpers), compared. LiveTableTest holds it to the other tables.
using static BpfSharp.Hooks.ProgramType;

namespace BpfSharp.Hooks;

public static partial class ProgramTypeTable
{
    // Helpers a program type got later than the helper itself was made: the first measured release that allows them.
    private static readonly LaterHelpers[] s_laterHelpers =
    [
        new(601, [CgroupSockopt],
            [14, 16, 17, 49, 57, 105, 106, 122, 123]),
        new(601, [CgroupDevice],
            [14, 16, 17, 105, 106, 123]),
        new(601, [CgroupSysctl],
            [14, 16, 17, 123]),
        new(601, [Tracing],
            [46, 93, 94, 105, 106, 107, 108, 123, 147, 148]),
        new(601, [Lsm],
            [46, 93, 94, 105, 106, 123, 147, 148]),
        new(601, [SkReuseport],
            [46, 105, 106]),
        new(601, [CgroupSockAddr, StructOps],
            [49, 57, 105, 106]),
        new(601, [Kprobe, PerfEvent, RawTracepoint, RawTracepointWritable, Tracepoint],
            [93, 94, 105, 106, 123, 148]),
        new(601, [CgroupSkb, CgroupSock, FlowDissector, LwtIn, LwtOut, LwtSeg6Local, LwtXmit, SchedAct, SchedCls,
            SkLookup, SkSkb, Xdp],
            [105, 106]),
        new(601, [SkMsg, SockOps],
            [105, 106, 122]),
        new(612, [CgroupSkb, FlowDissector, LwtIn, LwtOut, LwtSeg6Local, LwtXmit, SchedAct, SchedCls, SkLookup,
            SkReuseport, SkSkb, SockOps, StructOps, Xdp],
            [14, 80, 120, 123]),
        new(612, [CgroupDevice, CgroupSock, CgroupSockAddr, CgroupSockopt, CgroupSysctl],
            [37, 120]),
        new(612, [SkMsg],
            [120]),
        new(612, [RawTracepoint, RawTracepointWritable, Tracing],
            [174]),
        new(618, [SocketFilter],
            [14, 15, 16, 17, 22, 37, 55, 80, 109, 117, 120, 122, 123, 141, 148, 156, 157, 176, 180, 191]),
        new(618, [CgroupSkb],
            [15, 16, 17, 22, 37, 55, 109, 117, 122, 141, 148, 156, 157, 176, 180, 191]),
        new(618, [FlowDissector, Netfilter, SkLookup, SkReuseport, SkSkb, SockOps, StructOps, Xdp],
            [15, 16, 17, 22, 37, 55, 109, 117, 141, 148, 156, 157, 176, 180, 191]),
        new(618, [SchedAct, SchedCls],
            [15, 16, 22, 37, 55, 109, 117, 122, 141, 148, 156, 157, 176, 180, 191]),
        new(618, [LwtIn, LwtOut, LwtSeg6Local, LwtXmit],
            [15, 16, 22, 37, 55, 109, 117, 141, 148, 156, 157, 176, 180, 191]),
        new(618, [SkMsg],
            [16, 22, 37, 55, 109, 117, 141, 148, 156, 157, 176, 180, 191]),
        new(618, [Kprobe, PerfEvent, RawTracepoint, RawTracepointWritable, Syscall, Tracepoint, Tracing],
            [17]),
        new(618, [CgroupDevice, CgroupSock, CgroupSockAddr, CgroupSockopt, CgroupSysctl],
            [22, 55, 109, 117, 141, 148, 156, 157, 176, 180, 191]),
    ];
}
