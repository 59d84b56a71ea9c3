using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

/// <summary>Members that keep the safety of the pointer they are read through: one row per member, as Linux lists them.</summary>
internal static class SafeFields
{
    private static readonly (string Structure, string Member, RegisterFlags Flags)[] s_rows =
    [
        ("bpf_iter_meta", "seq", RegisterFlags.Trusted),
        ("bpf_iter__task", "meta", RegisterFlags.Trusted),
        ("bpf_iter__task", "task", RegisterFlags.Trusted),
        ("linux_binprm", "file", RegisterFlags.Trusted),
        ("file", "f_inode", RegisterFlags.Trusted),
        ("dentry", "d_inode", RegisterFlags.Trusted | RegisterFlags.MaybeNull),
        ("socket", "sk", RegisterFlags.Trusted | RegisterFlags.MaybeNull),
        ("vm_area_struct", "vm_mm", RegisterFlags.Trusted | RegisterFlags.MaybeNull),
        ("vm_area_struct", "vm_file", RegisterFlags.Trusted | RegisterFlags.MaybeNull),
        ("task_struct", "cpus_ptr", RegisterFlags.Rcu),
        ("task_struct", "cgroups", RegisterFlags.Rcu),
        ("task_struct", "real_parent", RegisterFlags.Rcu),
        ("task_struct", "group_leader", RegisterFlags.Rcu),
        ("cgroup", "kn", RegisterFlags.Rcu),
        ("css_set", "dfl_cgrp", RegisterFlags.Rcu),
        ("cgroup_subsys_state", "cgroup", RegisterFlags.Rcu),
        ("mm_struct", "exe_file", RegisterFlags.Rcu | RegisterFlags.MaybeNull),
        ("sk_buff", "sk", RegisterFlags.Rcu | RegisterFlags.MaybeNull),
        ("request_sock", "sk", RegisterFlags.Rcu | RegisterFlags.MaybeNull),
    ];

    public static RegisterFlags Find(string structure, string member)
    {
        foreach ((string owner, string name, RegisterFlags flags) in s_rows)
        {
            if (owner == structure && name == member)
            {
                return flags;
            }
        }

        return RegisterFlags.None;
    }
}
