namespace BpfSharp.Hooks;

/// <summary>What the name of a program's ELF section says: the rows every loader of the field agrees on.</summary>
/// <remarks>Source: libbpf 1.8's section names, as documented in <c>Documentation/bpf/libbpf/program_types.rst</c> of Linux.</remarks>
public static class SectionTable
{
    private static readonly SectionInfo[] s_rows =
    [
        // prefix, target after '/', type, attach type, traits
        new("socket",                  false, ProgramType.SocketFilter,          null,                                  SectionTraits.None),
        new("sk_reuseport/migrate",    false, ProgramType.SkReuseport,           AttachType.SkReuseportSelectOrMigrate, SectionTraits.Attachable),
        new("sk_reuseport",            false, ProgramType.SkReuseport,           AttachType.SkReuseportSelect,          SectionTraits.Attachable),
        new("kprobe",                  true,  ProgramType.Kprobe,                null,                                  SectionTraits.None),
        new("uprobe",                  true,  ProgramType.Kprobe,                null,                                  SectionTraits.None),
        new("uprobe.s",                true,  ProgramType.Kprobe,                null,                                  SectionTraits.Sleepable),
        new("kretprobe",               true,  ProgramType.Kprobe,                null,                                  SectionTraits.None),
        new("uretprobe",               true,  ProgramType.Kprobe,                null,                                  SectionTraits.None),
        new("uretprobe.s",             true,  ProgramType.Kprobe,                null,                                  SectionTraits.Sleepable),
        new("kprobe.multi",            true,  ProgramType.Kprobe,                AttachType.TraceKprobeMulti,           SectionTraits.None),
        new("kretprobe.multi",         true,  ProgramType.Kprobe,                AttachType.TraceKprobeMulti,           SectionTraits.None),
        new("kprobe.session",          true,  ProgramType.Kprobe,                AttachType.TraceKprobeSession,         SectionTraits.None),
        new("uprobe.multi",            true,  ProgramType.Kprobe,                AttachType.TraceUprobeMulti,           SectionTraits.None),
        new("uretprobe.multi",         true,  ProgramType.Kprobe,                AttachType.TraceUprobeMulti,           SectionTraits.None),
        new("uprobe.session",          true,  ProgramType.Kprobe,                AttachType.TraceUprobeSession,         SectionTraits.None),
        new("uprobe.multi.s",          true,  ProgramType.Kprobe,                AttachType.TraceUprobeMulti,           SectionTraits.Sleepable),
        new("uretprobe.multi.s",       true,  ProgramType.Kprobe,                AttachType.TraceUprobeMulti,           SectionTraits.Sleepable),
        new("uprobe.session.s",        true,  ProgramType.Kprobe,                AttachType.TraceUprobeSession,         SectionTraits.Sleepable),
        new("ksyscall",                true,  ProgramType.Kprobe,                null,                                  SectionTraits.None),
        new("kretsyscall",             true,  ProgramType.Kprobe,                null,                                  SectionTraits.None),
        new("usdt",                    true,  ProgramType.Kprobe,                null,                                  SectionTraits.Usdt),
        new("usdt.s",                  true,  ProgramType.Kprobe,                null,                                  SectionTraits.Usdt | SectionTraits.Sleepable),
        new("tc/ingress",              false, ProgramType.SchedCls,              AttachType.TcxIngress,                 SectionTraits.None),
        new("tc/egress",               false, ProgramType.SchedCls,              AttachType.TcxEgress,                  SectionTraits.None),
        new("tcx/ingress",             false, ProgramType.SchedCls,              AttachType.TcxIngress,                 SectionTraits.None),
        new("tcx/egress",              false, ProgramType.SchedCls,              AttachType.TcxEgress,                  SectionTraits.None),
        new("tc",                      false, ProgramType.SchedCls,              null,                                  SectionTraits.None),
        new("classifier",              false, ProgramType.SchedCls,              null,                                  SectionTraits.None),
        new("action",                  false, ProgramType.SchedAct,              null,                                  SectionTraits.None),
        new("netkit/primary",          false, ProgramType.SchedCls,              AttachType.NetkitPrimary,              SectionTraits.None),
        new("netkit/peer",             false, ProgramType.SchedCls,              AttachType.NetkitPeer,                 SectionTraits.None),
        new("tracepoint",              true,  ProgramType.Tracepoint,            null,                                  SectionTraits.None),
        new("tp",                      true,  ProgramType.Tracepoint,            null,                                  SectionTraits.None),
        new("tracepoint.s",            true,  ProgramType.Tracepoint,            null,                                  SectionTraits.Sleepable),
        new("tp.s",                    true,  ProgramType.Tracepoint,            null,                                  SectionTraits.Sleepable),
        new("raw_tracepoint",          true,  ProgramType.RawTracepoint,         null,                                  SectionTraits.None),
        new("raw_tp",                  true,  ProgramType.RawTracepoint,         null,                                  SectionTraits.None),
        new("raw_tracepoint.s",        true,  ProgramType.RawTracepoint,         null,                                  SectionTraits.Sleepable),
        new("raw_tp.s",                true,  ProgramType.RawTracepoint,         null,                                  SectionTraits.Sleepable),
        new("raw_tracepoint.w",        true,  ProgramType.RawTracepointWritable, null,                                  SectionTraits.None),
        new("raw_tp.w",                true,  ProgramType.RawTracepointWritable, null,                                  SectionTraits.None),
        new("tp_btf",                  true,  ProgramType.Tracing,               AttachType.TraceRawTp,                 SectionTraits.AttachBtf),
        new("tp_btf.s",                true,  ProgramType.Tracing,               AttachType.TraceRawTp,                 SectionTraits.AttachBtf | SectionTraits.Sleepable),
        new("fentry",                  true,  ProgramType.Tracing,               AttachType.TraceFentry,                SectionTraits.AttachBtf),
        new("fmod_ret",                true,  ProgramType.Tracing,               AttachType.ModifyReturn,               SectionTraits.AttachBtf),
        new("fexit",                   true,  ProgramType.Tracing,               AttachType.TraceFexit,                 SectionTraits.AttachBtf),
        new("fentry.s",                true,  ProgramType.Tracing,               AttachType.TraceFentry,                SectionTraits.AttachBtf | SectionTraits.Sleepable),
        new("fmod_ret.s",              true,  ProgramType.Tracing,               AttachType.ModifyReturn,               SectionTraits.AttachBtf | SectionTraits.Sleepable),
        new("fexit.s",                 true,  ProgramType.Tracing,               AttachType.TraceFexit,                 SectionTraits.AttachBtf | SectionTraits.Sleepable),
        new("fsession",                true,  ProgramType.Tracing,               AttachType.TraceFsession,              SectionTraits.AttachBtf),
        new("fsession.s",              true,  ProgramType.Tracing,               AttachType.TraceFsession,              SectionTraits.AttachBtf | SectionTraits.Sleepable),
        new("fsession.multi",          true,  ProgramType.Tracing,               AttachType.TraceFsessionMulti,         SectionTraits.None),
        new("fsession.multi.s",        true,  ProgramType.Tracing,               AttachType.TraceFsessionMulti,         SectionTraits.Sleepable),
        new("fentry.multi",            true,  ProgramType.Tracing,               AttachType.TraceFentryMulti,           SectionTraits.None),
        new("fexit.multi",             true,  ProgramType.Tracing,               AttachType.TraceFexitMulti,            SectionTraits.None),
        new("fentry.multi.s",          true,  ProgramType.Tracing,               AttachType.TraceFentryMulti,           SectionTraits.Sleepable),
        new("fexit.multi.s",           true,  ProgramType.Tracing,               AttachType.TraceFexitMulti,            SectionTraits.Sleepable),
        new("freplace",                true,  ProgramType.Extension,             null,                                  SectionTraits.AttachBtf),
        new("lsm",                     true,  ProgramType.Lsm,                   AttachType.LsmMac,                     SectionTraits.AttachBtf),
        new("lsm.s",                   true,  ProgramType.Lsm,                   AttachType.LsmMac,                     SectionTraits.AttachBtf | SectionTraits.Sleepable),
        new("lsm_cgroup",              true,  ProgramType.Lsm,                   AttachType.LsmCgroup,                  SectionTraits.AttachBtf),
        new("iter",                    true,  ProgramType.Tracing,               AttachType.TraceIter,                  SectionTraits.AttachBtf),
        new("iter.s",                  true,  ProgramType.Tracing,               AttachType.TraceIter,                  SectionTraits.AttachBtf | SectionTraits.Sleepable),
        new("syscall",                 false, ProgramType.Syscall,               null,                                  SectionTraits.Sleepable),
        new("xdp.frags/devmap",        false, ProgramType.Xdp,                   AttachType.XdpDevmap,                  SectionTraits.XdpFrags),
        new("xdp/devmap",              false, ProgramType.Xdp,                   AttachType.XdpDevmap,                  SectionTraits.Attachable),
        new("xdp.frags/cpumap",        false, ProgramType.Xdp,                   AttachType.XdpCpumap,                  SectionTraits.XdpFrags),
        new("xdp/cpumap",              false, ProgramType.Xdp,                   AttachType.XdpCpumap,                  SectionTraits.Attachable),
        new("xdp.frags",               false, ProgramType.Xdp,                   AttachType.Xdp,                        SectionTraits.XdpFrags),
        new("xdp",                     false, ProgramType.Xdp,                   AttachType.Xdp,                        SectionTraits.Attachable | SectionTraits.AttachTypeOptional),
        new("perf_event",              false, ProgramType.PerfEvent,             null,                                  SectionTraits.None),
        new("lwt_in",                  false, ProgramType.LwtIn,                 null,                                  SectionTraits.None),
        new("lwt_out",                 false, ProgramType.LwtOut,                null,                                  SectionTraits.None),
        new("lwt_xmit",                false, ProgramType.LwtXmit,               null,                                  SectionTraits.None),
        new("lwt_seg6local",           false, ProgramType.LwtSeg6Local,          null,                                  SectionTraits.None),
        new("sockops",                 false, ProgramType.SockOps,               AttachType.CgroupSockOps,              SectionTraits.Attachable | SectionTraits.AttachTypeOptional),
        new("sk_skb/stream_parser",    false, ProgramType.SkSkb,                 AttachType.SkSkbStreamParser,          SectionTraits.Attachable | SectionTraits.AttachTypeOptional),
        new("sk_skb/stream_verdict",   false, ProgramType.SkSkb,                 AttachType.SkSkbStreamVerdict,         SectionTraits.Attachable | SectionTraits.AttachTypeOptional),
        new("sk_skb/verdict",          false, ProgramType.SkSkb,                 AttachType.SkSkbVerdict,               SectionTraits.Attachable | SectionTraits.AttachTypeOptional),
        new("sk_skb",                  false, ProgramType.SkSkb,                 null,                                  SectionTraits.None),
        new("sk_msg",                  false, ProgramType.SkMsg,                 AttachType.SkMsgVerdict,               SectionTraits.Attachable | SectionTraits.AttachTypeOptional),
        new("lirc_mode2",              false, ProgramType.LircMode2,             AttachType.LircMode2,                  SectionTraits.Attachable | SectionTraits.AttachTypeOptional),
        new("flow_dissector",          false, ProgramType.FlowDissector,         AttachType.FlowDissector,              SectionTraits.Attachable | SectionTraits.AttachTypeOptional),
        new("cgroup_skb/ingress",      false, ProgramType.CgroupSkb,             AttachType.CgroupInetIngress,          SectionTraits.Attachable | SectionTraits.AttachTypeOptional),
        new("cgroup_skb/egress",       false, ProgramType.CgroupSkb,             AttachType.CgroupInetEgress,           SectionTraits.Attachable | SectionTraits.AttachTypeOptional),
        new("cgroup/skb",              false, ProgramType.CgroupSkb,             null,                                  SectionTraits.None),
        new("cgroup/sock_create",      false, ProgramType.CgroupSock,            AttachType.CgroupInetSockCreate,       SectionTraits.Attachable),
        new("cgroup/sock_release",     false, ProgramType.CgroupSock,            AttachType.CgroupInetSockRelease,      SectionTraits.Attachable),
        new("cgroup/sock",             false, ProgramType.CgroupSock,            AttachType.CgroupInetSockCreate,       SectionTraits.Attachable | SectionTraits.AttachTypeOptional),
        new("cgroup/post_bind4",       false, ProgramType.CgroupSock,            AttachType.CgroupInet4PostBind,        SectionTraits.Attachable),
        new("cgroup/post_bind6",       false, ProgramType.CgroupSock,            AttachType.CgroupInet6PostBind,        SectionTraits.Attachable),
        new("cgroup/bind4",            false, ProgramType.CgroupSockAddr,        AttachType.CgroupInet4Bind,            SectionTraits.Attachable),
        new("cgroup/bind6",            false, ProgramType.CgroupSockAddr,        AttachType.CgroupInet6Bind,            SectionTraits.Attachable),
        new("cgroup/connect4",         false, ProgramType.CgroupSockAddr,        AttachType.CgroupInet4Connect,         SectionTraits.Attachable),
        new("cgroup/connect6",         false, ProgramType.CgroupSockAddr,        AttachType.CgroupInet6Connect,         SectionTraits.Attachable),
        new("cgroup/connect_unix",     false, ProgramType.CgroupSockAddr,        AttachType.CgroupUnixConnect,          SectionTraits.Attachable),
        new("cgroup/sendmsg4",         false, ProgramType.CgroupSockAddr,        AttachType.CgroupUdp4SendMsg,          SectionTraits.Attachable),
        new("cgroup/sendmsg6",         false, ProgramType.CgroupSockAddr,        AttachType.CgroupUdp6SendMsg,          SectionTraits.Attachable),
        new("cgroup/sendmsg_unix",     false, ProgramType.CgroupSockAddr,        AttachType.CgroupUnixSendMsg,          SectionTraits.Attachable),
        new("cgroup/recvmsg4",         false, ProgramType.CgroupSockAddr,        AttachType.CgroupUdp4RecvMsg,          SectionTraits.Attachable),
        new("cgroup/recvmsg6",         false, ProgramType.CgroupSockAddr,        AttachType.CgroupUdp6RecvMsg,          SectionTraits.Attachable),
        new("cgroup/recvmsg_unix",     false, ProgramType.CgroupSockAddr,        AttachType.CgroupUnixRecvMsg,          SectionTraits.Attachable),
        new("cgroup/getpeername4",     false, ProgramType.CgroupSockAddr,        AttachType.CgroupInet4GetPeerName,     SectionTraits.Attachable),
        new("cgroup/getpeername6",     false, ProgramType.CgroupSockAddr,        AttachType.CgroupInet6GetPeerName,     SectionTraits.Attachable),
        new("cgroup/getpeername_unix", false, ProgramType.CgroupSockAddr,        AttachType.CgroupUnixGetPeerName,      SectionTraits.Attachable),
        new("cgroup/getsockname4",     false, ProgramType.CgroupSockAddr,        AttachType.CgroupInet4GetSockName,     SectionTraits.Attachable),
        new("cgroup/getsockname6",     false, ProgramType.CgroupSockAddr,        AttachType.CgroupInet6GetSockName,     SectionTraits.Attachable),
        new("cgroup/getsockname_unix", false, ProgramType.CgroupSockAddr,        AttachType.CgroupUnixGetSockName,      SectionTraits.Attachable),
        new("cgroup/sysctl",           false, ProgramType.CgroupSysctl,          AttachType.CgroupSysctl,               SectionTraits.Attachable),
        new("cgroup/getsockopt",       false, ProgramType.CgroupSockopt,         AttachType.CgroupGetSockopt,           SectionTraits.Attachable),
        new("cgroup/setsockopt",       false, ProgramType.CgroupSockopt,         AttachType.CgroupSetSockopt,           SectionTraits.Attachable),
        new("cgroup/dev",              false, ProgramType.CgroupDevice,          AttachType.CgroupDevice,               SectionTraits.Attachable | SectionTraits.AttachTypeOptional),
        new("struct_ops",              true,  ProgramType.StructOps,             null,                                  SectionTraits.None),
        new("struct_ops.s",            true,  ProgramType.StructOps,             null,                                  SectionTraits.Sleepable),
        new("sk_lookup",               false, ProgramType.SkLookup,              AttachType.SkLookup,                   SectionTraits.Attachable),
        new("netfilter",               false, ProgramType.Netfilter,             AttachType.Netfilter,                  SectionTraits.None),
    ];

    /// <summary>All rows.</summary>
    public static ReadOnlySpan<SectionInfo> Rows => s_rows;

    /// <summary>Finds the row of a section: its prefix alone or, where the row takes a target, followed by <c>/target</c>.</summary>
    /// <param name="section">Name of the section; a leading <c>?</c> (do not load) is no part of it.</param>
    /// <param name="row">The row, when the method returns <see langword="true"/>.</param>
    public static bool TryMatch(string section, out SectionInfo row)
    {
        ReadOnlySpan<char> name = section.AsSpan().TrimStart('?');
        foreach (ref readonly SectionInfo candidate in s_rows.AsSpan())
        {
            if (name.StartsWith(candidate.Prefix, StringComparison.Ordinal)
                && (name.Length == candidate.Prefix.Length
                    || (candidate.TakesTarget && name[candidate.Prefix.Length] == '/')))
            {
                row = candidate;
                return true;
            }
        }

        row = default;
        return false;
    }

    /// <summary>
    /// Finds the row of a section as loaders did before libbpf 1.0: the longest prefix counts, whatever follows (<c>xdp_drop</c>,
    /// <c>tc/from-netdev</c>, <c>socket1</c>).
    /// </summary>
    /// <param name="section">Name of the section; a leading <c>?</c> is no part of it.</param>
    /// <param name="row">The row, when the method returns <see langword="true"/>.</param>
    public static bool TryMatchLoosely(string section, out SectionInfo row)
    {
        if (TryMatch(section, out row))
        {
            return true;
        }

        ReadOnlySpan<char> name = section.AsSpan().TrimStart('?');
        int best = 0;
        foreach (ref readonly SectionInfo candidate in s_rows.AsSpan())
        {
            if (candidate.Prefix.Length > best && name.StartsWith(candidate.Prefix, StringComparison.Ordinal))
            {
                row = candidate;
                best = candidate.Prefix.Length;
            }
        }

        return best > 0;
    }

    /// <summary>What follows the row's prefix and its slash; <see langword="null"/> if nothing does.</summary>
    /// <param name="section">Name of the section.</param>
    /// <param name="row">Its row.</param>
    public static string? Target(string section, SectionInfo row)
    {
        string name = section.TrimStart('?');
        return row.TakesTarget && name.Length > row.Prefix.Length + 1 && name[row.Prefix.Length] == '/'
            ? name[(row.Prefix.Length + 1)..] : null;
    }
}
