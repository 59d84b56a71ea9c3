using BpfSharp.Hosting;
using BpfSharp.Runtime.Helpers;

namespace BpfSharp.Runtime.Hosting;

/// <summary>How the in-process host loads and runs.</summary>
public sealed class RuntimeOptions : LoadOptions
{
    /// <summary>Steps of <see cref="Fuel"/> when nothing is said: about a second on the interpreter.</summary>
    public const long DefaultFuel = 1L << 28;

    /// <summary>What runs the programs.</summary>
    public EngineChoice Engine { get; init; }

    /// <summary>When programs are checked at run time.</summary>
    public Checking Checking { get; init; }

    /// <summary>
    /// Steps one run may take. Checked programs burn them by jumping back and calling; loops of helpers burn them always.
    /// </summary>
    public long Fuel { get; init; } = DefaultFuel;

    /// <summary>
    /// Gets each line a program prints (<c>bpf_printk</c>), on the thread that runs it; <see langword="null"/> for nobody.
    /// A run's lines are in <see cref="RunResult.Printed"/> as well.
    /// </summary>
    public Action<string>? TraceSink { get; init; }

    /// <summary>Most bytes one map may take; 1 GiB unless set.</summary>
    public long MaxMapBytes { get; init; } = Maps.MapRules.DefaultMaxBytes;

    /// <summary>
    /// Values of kernel configuration options that programs ask for, by name (<c>CONFIG_HZ</c>, y is 1). What is not here has the
    /// default of <see cref="DefaultKconfig"/>; a weak option without either is 0, another one is refused (BPF4209).
    /// </summary>
    public IDictionary<string, long> Kconfig { get; } = new Dictionary<string, long>();

    /// <summary>Options with a value in process when nothing is said.</summary>
    public static IReadOnlyDictionary<string, long> DefaultKconfig { get; } = new Dictionary<string, long>
    {
        ["LINUX_KERNEL_VERSION"] = (6 << 16) | (18 << 8),
        ["LINUX_HAS_BPF_COOKIE"] = 1,
        ["LINUX_HAS_SYSCALL_WRAPPER"] = 1,
        ["CONFIG_HZ"] = 1000,
        ["CONFIG_BPF"] = 1,
        ["CONFIG_BPF_SYSCALL"] = 1,
    };

    /// <summary>
    /// Sees every instruction before it is executed; <see langword="null"/> for nobody. Programs then run checked, on the interpreter.
    /// </summary>
    public TraceCallback? Trace { get; init; }

    /// <summary>For tests and benchmarks of this repository: takes every program as verified.</summary>
    internal bool TrustEverything { get; init; }

    /// <summary>For tests and the conformance plugin: helpers by number that stand before the table's.</summary>
    internal IReadOnlyDictionary<long, HelperRow>? ExtraHelpers { get; init; }
}
