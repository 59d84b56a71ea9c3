using BpfSharp.Hooks;

namespace BpfSharp.Verifier.Walk;

/// <summary>Fields of kernel structures that some program types may write directly.</summary>
internal static class WritableFields
{
    private static readonly (ProgramType Type, string Structure, string Field)[] s_rows =
    [
        (ProgramType.SchedCls, "nf_conn", "mark"), (ProgramType.Xdp, "nf_conn", "mark"),
        (ProgramType.SchedCls, "nf_conn___init", "mark"), (ProgramType.Xdp, "nf_conn___init", "mark"),
        (ProgramType.StructOps, "sock", "sk_pacing_rate"), (ProgramType.StructOps, "sock", "sk_pacing_status"),
        (ProgramType.StructOps, "inet_connection_sock", "icsk_ca_priv"), (ProgramType.StructOps, "", "pending"),
        (ProgramType.StructOps, "tcp_sock", "snd_cwnd"), (ProgramType.StructOps, "tcp_sock", "snd_cwnd_cnt"),
        (ProgramType.StructOps, "tcp_sock", "snd_cwnd_stamp"), (ProgramType.StructOps, "tcp_sock", "snd_ssthresh"),
        (ProgramType.StructOps, "tcp_sock", "ecn_flags"), (ProgramType.StructOps, "tcp_sock", "app_limited"),
        (ProgramType.StructOps, "bpf_dummy_ops_state", "val"),
        (ProgramType.StructOps, "task_struct", "scx"),
        (ProgramType.StructOps, "bpf_sk_buff_ptr", "skb"),
    ];

    public static bool Allows(ProgramType type, string structure, string field)
    {
        foreach ((ProgramType rowType, string owner, string name) in s_rows)
        {
            if (rowType == type && (owner == structure || owner.Length == 0) && name == field)
            {
                return true;
            }
        }

        return false;
    }
}
