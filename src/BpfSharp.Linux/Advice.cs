using BpfSharp.Diagnostics;

namespace BpfSharp.Linux;

/// <summary>The next step for an errno where nothing more precise is known.</summary>
internal static class Advice
{
    internal static string? For(int errno) => errno switch
    {
        Errno.Eperm or Errno.Eacces => Environment.IsPrivilegedProcess
            ? "the process is root: `bpfsharp doctor` tells which capability, lockdown mode or security module refuses"
            : "run as root or with CAP_BPF (and CAP_PERFMON for tracing, CAP_NET_ADMIN for networking); `bpfsharp doctor` checks",
        Errno.Enomem => "the memory limit of the cgroup, or before Linux 5.11 RLIMIT_MEMLOCK, does not allow it",
        Errno.Einval => "this kernel does not know the combination; `bpfsharp feature` lists what it has",
        Errno.Enosys => "this kernel is built without CONFIG_BPF_SYSCALL",
        Errno.Ebusy or Errno.Eexist => "something else holds it: detach that first, or replace it by name",
        Errno.Enotsupp or Errno.Eopnotsupp => "this kernel or driver does not support it",
        Errno.Emfile => "too many open descriptors: raise RLIMIT_NOFILE",
        _ => null,
    };
}
