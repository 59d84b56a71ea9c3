namespace BpfSharp.Hooks;

/// <summary>What the return values of packet programs mean: one row per value, named as the kernel's headers name them.</summary>
/// <remarks>Source: <c>include/uapi/linux/bpf.h</c> and <c>include/uapi/linux/pkt_cls.h</c>.</remarks>
public static class VerdictTable
{
    private static readonly (ProgramType Type, int Value, string Name, bool LetsThrough)[] s_rows =
    [
        // type                     value  name              the packet goes on
        (ProgramType.Xdp,            0, "XDP_ABORTED",       false),
        (ProgramType.Xdp,            1, "XDP_DROP",          false),
        (ProgramType.Xdp,            2, "XDP_PASS",          true),
        (ProgramType.Xdp,            3, "XDP_TX",            true),
        (ProgramType.Xdp,            4, "XDP_REDIRECT",      true),
        (ProgramType.SchedCls,      -1, "TC_ACT_UNSPEC",     true),
        (ProgramType.SchedCls,       0, "TC_ACT_OK",         true),
        (ProgramType.SchedCls,       1, "TC_ACT_RECLASSIFY", true),
        (ProgramType.SchedCls,       2, "TC_ACT_SHOT",       false),
        (ProgramType.SchedCls,       3, "TC_ACT_PIPE",       true),
        (ProgramType.SchedCls,       4, "TC_ACT_STOLEN",     false),
        (ProgramType.SchedCls,       5, "TC_ACT_QUEUED",     false),
        (ProgramType.SchedCls,       6, "TC_ACT_REPEAT",     true),
        (ProgramType.SchedCls,       7, "TC_ACT_REDIRECT",   true),
        (ProgramType.SchedCls,       8, "TC_ACT_TRAP",       false),
        (ProgramType.CgroupSkb,      0, "DROP",              false),
        (ProgramType.CgroupSkb,      1, "PASS",              true),
        (ProgramType.CgroupSkb,      2, "DROP (congestion)", false),
        (ProgramType.CgroupSkb,      3, "PASS (congestion)", true),
        (ProgramType.LwtIn,          0, "BPF_OK",            true),
        (ProgramType.LwtIn,          2, "BPF_DROP",          false),
        (ProgramType.LwtIn,          7, "BPF_REDIRECT",      true),
        (ProgramType.LwtXmit,        0, "BPF_OK",            true),
        (ProgramType.LwtXmit,        2, "BPF_DROP",          false),
        (ProgramType.LwtXmit,        7, "BPF_REDIRECT",      true),
        (ProgramType.SkSkb,          0, "SK_DROP",           false),
        (ProgramType.SkSkb,          1, "SK_PASS",           true),
        (ProgramType.Netfilter,      0, "NF_DROP",           false),
        (ProgramType.Netfilter,      1, "NF_ACCEPT",         true),
        (ProgramType.FlowDissector,  0, "BPF_OK",            true),
        (ProgramType.FlowDissector,  2, "BPF_DROP",          false),
        (ProgramType.FlowDissector, 129, "BPF_FLOW_DISSECTOR_CONTINUE", true),
    ];

    /// <summary>The name of a return value.</summary>
    /// <param name="type">Program type.</param>
    /// <param name="value">What the program returned; hooks see the lower 32 bits.</param>
    /// <returns>The kernel's name; for socket filters what is kept of the packet; else the number.</returns>
    public static string Name(ProgramType type, ulong value)
    {
        int code = (int)value;
        if (type == ProgramType.SocketFilter)
        {
            return code == 0 ? "drop" : (uint)code >= ushort.MaxValue ? "keep" : $"keep {(uint)code} bytes";
        }

        foreach ((ProgramType rowType, int rowValue, string name, _) in s_rows)
        {
            if (rowType == Base(type) && rowValue == code)
            {
                return name;
            }
        }

        return code.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Whether a packet goes on after a return value (passed, sent back or redirected).</summary>
    /// <param name="type">Program type.</param>
    /// <param name="value">What the program returned.</param>
    public static bool LetsThrough(ProgramType type, ulong value)
    {
        int code = (int)value;
        if (type == ProgramType.SocketFilter)
        {
            return code != 0;
        }

        foreach ((ProgramType rowType, int rowValue, _, bool letsThrough) in s_rows)
        {
            if (rowType == Base(type) && rowValue == code)
            {
                return letsThrough;
            }
        }

        // An unknown XDP code is an abort; elsewhere the number is no verdict on the packet.
        return type != ProgramType.Xdp;
    }

    private static ProgramType Base(ProgramType type) => type switch
    {
        ProgramType.SchedAct => ProgramType.SchedCls,
        ProgramType.LwtOut => ProgramType.LwtIn,
        _ => type,
    };
}
