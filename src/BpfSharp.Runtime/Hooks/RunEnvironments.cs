using BpfSharp.Hooks;

namespace BpfSharp.Runtime.Hooks;

/// <summary>The environment of each program type; types not listed run on plain memory.</summary>
internal static class RunEnvironments
{
    private static readonly PlainMemory s_plain = new();

    private static readonly SocketBufferEnvironment s_linkLayer = new(seesLinkLayer: true);
    private static readonly SocketBufferEnvironment s_networkLayer = new(seesLinkLayer: false);

    private static readonly Dictionary<ProgramType, RunEnvironment> s_byType = new()
    {
        [ProgramType.Xdp] = new XdpEnvironment(),
        [ProgramType.SchedCls] = s_linkLayer,
        [ProgramType.SchedAct] = s_linkLayer,
        [ProgramType.SocketFilter] = s_networkLayer,
        [ProgramType.CgroupSkb] = s_networkLayer,
        [ProgramType.LwtIn] = s_networkLayer,
        [ProgramType.LwtOut] = s_networkLayer,
        [ProgramType.LwtXmit] = s_networkLayer,

        [ProgramType.FlowDissector] = new FlowDissectorEnvironment(),
        [ProgramType.SkLookup] = new SocketLookupEnvironment(),

        // Limits of context reads: PERF_MAX_TRACE_SIZE, struct pt_regs, MAX_BPF_FUNC_ARGS words, bpf_perf_event_data.
        [ProgramType.Tracepoint] = new ScalarContext(8192),
        [ProgramType.Kprobe] = new ScalarContext(512),
        [ProgramType.RawTracepoint] = new ScalarContext(96),
        [ProgramType.PerfEvent] = new ScalarContext(512),
    };

    /// <summary>The environment of a type.</summary>
    public static RunEnvironment For(ProgramType type) => s_byType.GetValueOrDefault(type, s_plain);
}
