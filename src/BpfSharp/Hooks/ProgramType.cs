namespace BpfSharp.Hooks;

/// <summary>Kind of program: which hooks it may be attached to, which context and helpers it has.</summary>
/// <remarks>Values are the kernel's <c>enum bpf_prog_type</c> (<c>include/uapi/linux/bpf.h</c>).</remarks>
public enum ProgramType
{
    /// <summary>Not said: a section name that names no type.</summary>
    Unspecified = 0,
    /// <summary>Filters packets of a socket.</summary>
    SocketFilter = 1,
    /// <summary>kprobes, kretprobes, uprobes, uretprobes and USDT.</summary>
    Kprobe = 2,
    /// <summary>tc classifier; also tcx and netkit.</summary>
    SchedCls = 3,
    /// <summary>tc action.</summary>
    SchedAct = 4,
    /// <summary>Static tracepoint.</summary>
    Tracepoint = 5,
    /// <summary>Express data path.</summary>
    Xdp = 6,
    /// <summary>Perf event overflow.</summary>
    PerfEvent = 7,
    /// <summary>Packets into and out of a cgroup.</summary>
    CgroupSkb = 8,
    /// <summary>Sockets created in a cgroup.</summary>
    CgroupSock = 9,
    /// <summary>Lightweight tunnel, input.</summary>
    LwtIn = 10,
    /// <summary>Lightweight tunnel, output.</summary>
    LwtOut = 11,
    /// <summary>Lightweight tunnel, transmit.</summary>
    LwtXmit = 12,
    /// <summary>TCP socket operations.</summary>
    SockOps = 13,
    /// <summary>Socket buffer of a sockmap (parser and verdict).</summary>
    SkSkb = 14,
    /// <summary>Device access of a cgroup.</summary>
    CgroupDevice = 15,
    /// <summary>sendmsg on a sockmap socket.</summary>
    SkMsg = 16,
    /// <summary>Raw tracepoint.</summary>
    RawTracepoint = 17,
    /// <summary>Addresses of bind, connect, sendmsg and the like in a cgroup.</summary>
    CgroupSockAddr = 18,
    /// <summary>SRv6 local action.</summary>
    LwtSeg6Local = 19,
    /// <summary>Infrared remote control.</summary>
    LircMode2 = 20,
    /// <summary>Selects a socket of a reuseport group.</summary>
    SkReuseport = 21,
    /// <summary>Flow dissector.</summary>
    FlowDissector = 22,
    /// <summary>sysctl access of a cgroup.</summary>
    CgroupSysctl = 23,
    /// <summary>Raw tracepoint that may write its buffer.</summary>
    RawTracepointWritable = 24,
    /// <summary>getsockopt and setsockopt of a cgroup.</summary>
    CgroupSockopt = 25,
    /// <summary>fentry, fexit, fmod_ret, tp_btf and iterators.</summary>
    Tracing = 26,
    /// <summary>Kernel operations structure in BPF.</summary>
    StructOps = 27,
    /// <summary>Replaces a function of another program (freplace).</summary>
    Extension = 28,
    /// <summary>Linux security module hook.</summary>
    Lsm = 29,
    /// <summary>Chooses the socket of an incoming connection.</summary>
    SkLookup = 30,
    /// <summary>Runs bpf(2) commands.</summary>
    Syscall = 31,
    /// <summary>Netfilter hook.</summary>
    Netfilter = 32,
}
