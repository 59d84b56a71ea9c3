namespace BpfSharp.TestSupport;

/// <summary>What this machine's kernel allows the tests to do.</summary>
internal static class KernelSupport
{
    /// <summary>Why bpf(2) cannot be used here; <see langword="null"/> if it can.</summary>
    public static string? WhyNoBpf { get; } = Probe();

    /// <summary>Whether maps and programs can be made in the kernel.</summary>
    public static bool CanBpf => WhyNoBpf is null;

    /// <summary>Skips the test where bpf(2) is refused.</summary>
    public static void RequireBpf() => Assert.SkipWhen(WhyNoBpf is not null, WhyNoBpf ?? "");

    private static string? Probe()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "not Linux: no bpf(2)";
        }

        if (!Environment.IsPrivilegedProcess)
        {
            return "not root: bpf(2) is refused";
        }

        try
        {
            // Effective capabilities: CAP_SYS_ADMIN (21) or CAP_BPF (39).
            string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("CapEff:", StringComparison.Ordinal));
            ulong capabilities = Convert.ToUInt64(line[7..].Trim(), 16);
            return (capabilities & (1UL << 21 | 1UL << 39)) == 0 ? "neither CAP_BPF nor CAP_SYS_ADMIN: bpf(2) is refused" : null;
        }
        catch (IOException)
        {
            return "no /proc: cannot tell whether bpf(2) is allowed";
        }
    }
}
