using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Linux.Types;

namespace BpfSharp.Linux.Features;

/// <summary>One thing examined.</summary>
/// <param name="Name">What.</param>
/// <param name="Severity">How bad what was found is; <see cref="Diagnostics.Severity.Info"/> if all is well.</param>
/// <param name="Found">What was found.</param>
/// <param name="NextStep">What to do; empty if nothing.</param>
public sealed record DoctorCheck(string Name, Severity Severity, string Found, string NextStep = "");

/// <summary>Explains why the kernel refuses: the true reason, not a guess.</summary>
[SupportedOSPlatform("linux")]
public static class Doctor
{
    /// <summary>Examines this process and kernel.</summary>
    public static IReadOnlyList<DoctorCheck> Examine() =>
    [
        Use(), Capabilities(), UserNamespace(), Seccomp(), Unprivileged(), Lockdown(), SecurityModules(), MemoryLock(), Jit(), KernelTypesCheck(),
        Config(), Mount("bpf", "/sys/fs/bpf", "pinning needs it"), Mount("tracefs", "/sys/kernel/tracing", "tracepoints need it"),
        Mount("cgroup2", "/sys/fs/cgroup", "cgroup hooks need it"), Probes(), Vendor(), Symbols(), PerfEvents(),
    ];

    /// <summary>What of the examination explains a refusal.</summary>
    /// <param name="refusal">The refusal.</param>
    /// <returns>The checks that are not well and have to do with its errno; all that are not well if none has.</returns>
    public static IReadOnlyList<DoctorCheck> Explain(KernelException refusal)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        DoctorCheck[] bad = [.. Examine().Where(c => c.Severity != Severity.Info)];
        string[] concerned = refusal.ErrorNumber switch
        {
            Errno.Eperm or Errno.Eacces => ["bpf(2)", "capabilities", "user namespace", "seccomp", "unprivileged", "lockdown", "tracing programs", "perf events", "security modules",
                .. KernelVersion.Current.AtLeast(5, 11) ? (ReadOnlySpan<string>)[] : ["locked memory"]],
            Errno.Enomem => ["locked memory"],
            Errno.Enosys or Errno.Einval or Errno.Eopnotsupp or Errno.Enotsupp => ["kernel options", "kernel types", "probes"],
            Errno.Enoent => ["mount of tracefs", "mount of bpf", "probes"],
            _ => [],
        };
        DoctorCheck[] fitting = [.. bad.Where(c => concerned.Contains(c.Name))];
        return fitting.Length > 0 ? fitting : bad;
    }

    private static DoctorCheck Use()
    {
        Feature map = FeatureProbes.Probe(BpfSharp.Maps.MapType.Array);
        Feature program = FeatureProbes.Probe(Hooks.ProgramType.SocketFilter);
        return map.Outcome == FeatureOutcome.Available && program.Outcome == FeatureOutcome.Available
            ? new DoctorCheck("bpf(2)", Severity.Info, $"maps and programs can be made (Linux {KernelVersion.Current})")
            : new DoctorCheck("bpf(2)", Severity.Error, map.Reason.Length > 0 ? map.Reason : program.Reason, "the checks below tell why");
    }

    private static DoctorCheck Capabilities()
    {
        (int Number, string Name, string For)[] wanted =
        [
            (DoctorFacts.Bpf, "CAP_BPF", "maps and programs"), (DoctorFacts.Perfmon, "CAP_PERFMON", "tracing"),
            (DoctorFacts.NetAdmin, "CAP_NET_ADMIN", "networking"),
        ];
        string[] missing = DoctorFacts.Has(DoctorFacts.SysAdmin) ? [] : [.. wanted.Where(w => !DoctorFacts.Has(w.Number)).Select(w => $"{w.Name} ({w.For})")];
        return missing.Length == 0
            ? new DoctorCheck("capabilities", Severity.Info, "all that BPF needs")
            : new DoctorCheck("capabilities", Severity.Error, "missing: " + string.Join(", ", missing),
                "run as root, or give the executable cap_bpf,cap_perfmon,cap_net_admin+ep (not the shared dotnet host); in a container add the capabilities");
    }

    private static DoctorCheck UserNamespace() => DoctorFacts.IsInUserNamespace
        ? new DoctorCheck("user namespace", Severity.Warning, "this process is in a user namespace of its own: its capabilities do not count for bpf(2)",
            "run outside (rootless containers cannot load programs), or let the host delegate a BPF token")
        : new DoctorCheck("user namespace", Severity.Info, "the initial one");

    private static DoctorCheck Seccomp() => DoctorFacts.Status("Seccomp") is "2"
        ? new DoctorCheck("seccomp", Severity.Warning, "a filter is active; it may forbid bpf(2) and perf_event_open(2)",
            "run the container with a seccomp profile that allows bpf and perf_event_open")
        : new DoctorCheck("seccomp", Severity.Info, "no filter");

    private static DoctorCheck Unprivileged() => DoctorFacts.Text("/proc/sys/kernel/unprivileged_bpf_disabled") switch
    {
        "0" => new DoctorCheck("unprivileged", Severity.Info, "bpf(2) is open to everyone for socket filters"),
        "1" or "2" when !DoctorFacts.HasCapabilities => new DoctorCheck("unprivileged", Severity.Error,
            "kernel.unprivileged_bpf_disabled forbids bpf(2) without capabilities", "get the capabilities; loosening the setting is unsafe"),
        "1" or "2" => new DoctorCheck("unprivileged", Severity.Info, "forbidden, and this process has capabilities"),
        _ => new DoctorCheck("unprivileged", Severity.Info, "not said"),
    };

    private static DoctorCheck Lockdown()
    {
        string text = DoctorFacts.Text("/sys/kernel/security/lockdown");
        int start = text.IndexOf('[', StringComparison.Ordinal);
        string mode = start >= 0 ? text[(start + 1)..text.IndexOf(']', start)] : "none";
        return mode switch
        {
            "none" => new DoctorCheck("lockdown", Severity.Info, "none"),
            "integrity" => new DoctorCheck("lockdown", Severity.Warning, "integrity: bpf_probe_write_user is not offered", "usually nothing; it comes with secure boot"),
            _ => new DoctorCheck("lockdown", Severity.Error, $"{mode}: programs may not read kernel memory", "boot without lockdown=confidentiality"),
        };
    }

    private static DoctorCheck SecurityModules()
    {
        string text = DoctorFacts.Text("/sys/kernel/security/lsm");
        return text.Length == 0 ? new DoctorCheck("security modules", Severity.Info, "not told (securityfs is not mounted)")
            : text.Split(',').Contains("bpf") ? new DoctorCheck("security modules", Severity.Info, text)
            : new DoctorCheck("security modules", Severity.Warning, $"{text}: LSM programs load, but never run", "boot with lsm=" + text + ",bpf");
    }

    private static DoctorCheck MemoryLock()
    {
        if (KernelVersion.Current.AtLeast(5, 11))
        {
            return new DoctorCheck("locked memory", Severity.Info, "counted by the memory cgroup since Linux 5.11; RLIMIT_MEMLOCK does not matter");
        }

        string limit = File.ReadLines("/proc/self/limits").FirstOrDefault(l => l.StartsWith("Max locked memory", StringComparison.Ordinal)) ?? "";
        return limit.Contains("unlimited", StringComparison.Ordinal)
            ? new DoctorCheck("locked memory", Severity.Info, "unlimited")
            : new DoctorCheck("locked memory", Severity.Warning, limit, "with CAP_SYS_RESOURCE the library raises it itself; else raise RLIMIT_MEMLOCK (ulimit -l unlimited): before Linux 5.11 maps count against it");
    }

    private static DoctorCheck Jit() => DoctorFacts.Text("/proc/sys/net/core/bpf_jit_enable") is "0"
        ? new DoctorCheck("JIT", Severity.Warning, "off: programs are interpreted", "sysctl net.core.bpf_jit_enable=1")
        : new DoctorCheck("JIT", Severity.Info, "on");

    private static DoctorCheck KernelTypesCheck() => KernelTypes.Kernel is { } types
        ? new DoctorCheck("kernel types", Severity.Info, $"{types.Count} types, and those of {KernelTypes.Modules.Count} modules")
        : new DoctorCheck("kernel types", Severity.Error, "no /sys/kernel/btf/vmlinux", "use a kernel with CONFIG_DEBUG_INFO_BTF=y, or give a BTF file for CO-RE");

    private static DoctorCheck Config()
    {
        if (KernelConfig.Current is not { } config)
        {
            return new DoctorCheck("kernel options", Severity.Info, "the kernel's configuration is nowhere to be read (/proc/config.gz, /boot/config-*)");
        }

        string[] wanted = ["CONFIG_BPF_SYSCALL", "CONFIG_BPF_JIT", "CONFIG_DEBUG_INFO_BTF", "CONFIG_CGROUP_BPF", "CONFIG_KPROBES", "CONFIG_UPROBES",
            "CONFIG_BPF_EVENTS", "CONFIG_FPROBE", "CONFIG_BPF_LSM", "CONFIG_NET_CLS_BPF", "CONFIG_NET_SCH_INGRESS", "CONFIG_XDP_SOCKETS", "CONFIG_KALLSYMS_ALL"];
        string[] missing = [.. wanted.Where(option => config[option] is null)];
        return missing.Length == 0 ? new DoctorCheck("kernel options", Severity.Info, $"all of the usual ones ({config.Path})")
            : new DoctorCheck("kernel options", Severity.Warning, "not set: " + string.Join(", ", missing), "what needs them is missing in this kernel; another kernel has it");
    }

    private static DoctorCheck Mount(string kind, string usual, string purpose)
    {
        string[] places = [.. FileSystem.Mounts().Where(m => m.Kind == kind).Select(m => m.Directory)];
        return places.Length > 0 ? new DoctorCheck($"mount of {kind}", Severity.Info, string.Join(", ", places))
            : new DoctorCheck($"mount of {kind}", Severity.Warning, $"not mounted; {purpose}", $"mount -t {kind} {kind} {usual}");
    }

    private static DoctorCheck Probes()
    {
        bool kernel = Links.ProbeSource.Exists("kprobe");
        bool user = Links.ProbeSource.Exists("uprobe");
        return kernel && user ? new DoctorCheck("probes", Severity.Info, "kprobes and uprobes")
            : new DoctorCheck("probes", Severity.Warning, $"{(kernel ? "" : "no kprobes (CONFIG_KPROBES) ")}{(user ? "" : "no uprobes (CONFIG_UPROBE_EVENTS)")}".Trim(),
                "use tracepoints, or another kernel");
    }

    private static DoctorCheck Vendor()
    {
        Feature fentry = FeatureProbes.Abilities().First(f => f.Name.Contains("fentry", StringComparison.Ordinal));
        return fentry.Outcome == FeatureOutcome.Available ? new DoctorCheck("tracing programs", Severity.Info, "fentry loads")
            : new DoctorCheck("tracing programs", Severity.Warning, $"fentry: {fentry.Reason}", "use tp_btf and raw tracepoints, or a stock kernel");
    }

    private static DoctorCheck Symbols() => DoctorFacts.Text("/proc/sys/kernel/kptr_restrict") is var mode && mode == "2"
        ? new DoctorCheck("kernel symbols", Severity.Warning, "kptr_restrict=2 hides addresses from everyone", "sysctl kernel.kptr_restrict=1 (untyped ksyms need addresses)")
        : mode == "1" && !DoctorFacts.Has(DoctorFacts.Syslog) ? new DoctorCheck("kernel symbols", Severity.Warning, "addresses are hidden from this process", "add CAP_SYSLOG")
        : new DoctorCheck("kernel symbols", Severity.Info, "addresses are shown");

    private static DoctorCheck PerfEvents() => DoctorFacts.Has(DoctorFacts.SysAdmin) || DoctorFacts.Has(DoctorFacts.Perfmon)
        ? new DoctorCheck("perf events", Severity.Info, "allowed")
        : new DoctorCheck("perf events", Severity.Warning, $"kernel.perf_event_paranoid is {DoctorFacts.Text("/proc/sys/kernel/perf_event_paranoid")}", "add CAP_PERFMON");
}
