using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Objects;

namespace BpfSharp.Verifier.Findings;

/// <summary>Next steps that follow from tables: which function gives a reference back, which helper this hook has instead, which width a field has.</summary>
internal static class NextSteps
{
    private const int MostTypes = 6;

    // What is acquired, by the helper or kernel function that did, with what gives it back.
    private static readonly (string Acquires, string What, string Releases)[] s_releases =
    [
        ("ringbuf_reserve",        "ring buffer record",  "bpf_ringbuf_submit(record, 0) or bpf_ringbuf_discard(record, 0)"),
        ("ringbuf_reserve_dynptr", "ring buffer record",  "bpf_ringbuf_submit_dynptr(&ptr, 0) or bpf_ringbuf_discard_dynptr(&ptr, 0), also where the reservation failed"),
        ("sk_lookup_tcp",          "socket",              "bpf_sk_release(sk)"),
        ("sk_lookup_udp",          "socket",              "bpf_sk_release(sk)"),
        ("skc_lookup_tcp",         "socket",              "bpf_sk_release(sk)"),
        ("kptr_xchg",              "kernel object",       "bpf_kptr_xchg into a map, or the release function of its type"),
        ("bpf_obj_new_impl",       "object",              "bpf_obj_drop(object), or add it to a list or tree"),
        ("bpf_task_from_pid",      "task",                "bpf_task_release(task)"),
        ("bpf_task_from_vpid",     "task",                "bpf_task_release(task)"),
        ("bpf_task_acquire",       "task",                "bpf_task_release(task)"),
        ("bpf_cgroup_acquire",     "cgroup",              "bpf_cgroup_release(cgroup)"),
        ("bpf_cgroup_from_id",     "cgroup",              "bpf_cgroup_release(cgroup)"),
        ("bpf_cgroup_ancestor",    "cgroup",              "bpf_cgroup_release(cgroup)"),
        ("bpf_cpumask_create",     "CPU mask",            "bpf_cpumask_release(mask)"),
        ("bpf_cpumask_acquire",    "CPU mask",            "bpf_cpumask_release(mask)"),
        ("bpf_xdp_ct_lookup",      "connection",          "bpf_ct_release(ct)"),
        ("bpf_skb_ct_lookup",      "connection",          "bpf_ct_release(ct)"),
        ("bpf_get_task_exe_file",  "file",                "bpf_put_file(file)"),
        ("bpf_iter_num_new",       "iterator",            "bpf_iter_num_destroy(&it)"),
        ("bpf_iter_task_new",      "iterator",            "bpf_iter_task_destroy(&it)"),
    ];

    // Helpers people take from one hook to another, with the other's own.
    private static readonly (string Helper, ProgramType Type, string Instead)[] s_counterparts =
    [
        ("skb_load_bytes",     ProgramType.Xdp, "bpf_xdp_load_bytes, or ctx->data with a check against ctx->data_end"),
        ("skb_store_bytes",    ProgramType.Xdp, "bpf_xdp_store_bytes, or ctx->data with a check against ctx->data_end"),
        ("skb_change_head",    ProgramType.Xdp, "bpf_xdp_adjust_head"),
        ("skb_change_tail",    ProgramType.Xdp, "bpf_xdp_adjust_tail"),
        ("skb_adjust_room",    ProgramType.Xdp, "bpf_xdp_adjust_head"),
        ("skb_pull_data",      ProgramType.Xdp, "ctx->data with a check against ctx->data_end: XDP packets lie in one piece"),
        ("clone_redirect",     ProgramType.Xdp, "bpf_redirect_map with BPF_F_BROADCAST"),
        ("xdp_load_bytes",     ProgramType.SchedCls, "bpf_skb_load_bytes"),
        ("xdp_store_bytes",    ProgramType.SchedCls, "bpf_skb_store_bytes"),
        ("xdp_adjust_head",    ProgramType.SchedCls, "bpf_skb_change_head or bpf_skb_adjust_room"),
        ("xdp_adjust_tail",    ProgramType.SchedCls, "bpf_skb_change_tail"),
        ("redirect_map",       ProgramType.SchedCls, "bpf_redirect"),
        ("get_current_task",   ProgramType.SockOps, "a tracing program: here no task is current"),
        ("probe_read_kernel",  ProgramType.Xdp, "direct reads of the packet, or a tracing program for kernel memory"),
        ("probe_read_kernel",  ProgramType.SchedCls, "direct reads of the packet, or a tracing program for kernel memory"),
        ("sk_lookup_tcp",      ProgramType.Kprobe, "an XDP, tc or cgroup program"),
        ("copy_from_user",     ProgramType.Kprobe, "bpf_probe_read_user, or a sleepable program"),
        ("override_return",    ProgramType.Tracepoint, "a kprobe at a function that allows error injection"),
        ("send_signal",        ProgramType.Xdp, "a tracing program: here no task is current"),
    ];

    /// <summary>What a reference is and how to give it back.</summary>
    public static (string What, string Step) ForReference(BpfObject obj, ProgramSpec program, int slot)
    {
        string name = NameOfCall(obj, program, slot);
        (string _, string what, string releases) = Array.Find(s_releases, row => row.Acquires == name);
        return what is null
            ? ("reference", "release it on every path")
            : (what, $"give it back on every path: {releases}");
    }

    /// <summary>Which programs may call a helper, and what this hook has instead.</summary>
    public static string ForHelper(HelperInfo helper, ProgramType type)
    {
        string types = string.Join(", ", ProgramTypeTable.FindTypes(helper.Id).Take(MostTypes)) is { Length: > 0 } some
            ? $"{helper.FullName} is for {some}{(ProgramTypeTable.FindTypes(helper.Id).Length > MostTypes ? " and others" : "")}" : "";
        string instead = Array.Find(s_counterparts, row => row.Helper == helper.Name && row.Type == type).Instead is { } own ? $"use {own}" : "use a helper of this hook";
        return types.Length > 0 ? $"{instead}; {types}" : instead;
    }

    /// <summary>How to reach a field of the context, for an access of the wrong width or kind.</summary>
    public static string? ForField(ContextAccess? access, ContextField field, ProgramType type, bool isStore)
    {
        if (access is null)
        {
            return null;
        }

        int[] widths = [.. (isStore ? access.Writes : access.Reads)
            .Where(run => run.First < field.Offset + field.Size && run.Last + run.Width > field.Offset).Select(run => (int)run.Width).Distinct().Order()];
        string verb = isStore ? "write" : "read";
        return widths.Length == 0
            ? $"programs of type {type} may not {verb} '{field.Name}'"
            : $"{verb} '{field.Name}' by {string.Join(" or ", widths)} bytes at offset {field.Offset}{(isStore ? "" : ", and narrow the value afterwards")}";
    }

    /// <summary>The name of what an instruction calls; empty if it is no call.</summary>
    public static string NameOfCall(BpfObject obj, ProgramSpec program, int slot)
    {
        if ((uint)slot >= (uint)program.Instructions.Length)
        {
            return "";
        }

        Instruction call = program.Instructions[slot];
        return call.Op switch
        {
            Op.CallHelper => HelperTable.Find(call.Imm)?.Name ?? "",
            Op.CallKfunc when (uint)call.Imm < (uint)obj.Externs.Count => obj.Externs[call.Imm].Name,
            _ => "",
        };
    }
}
