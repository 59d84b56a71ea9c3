namespace BpfSharp.Verifier;

/// <summary>How a program is judged. Immutable; the defaults are those of a root load on the newest kernel.</summary>
public sealed record VerifierOptions
{
    /// <summary>The defaults.</summary>
    public static VerifierOptions Default { get; } = new();

    /// <summary>Whose rules are applied.</summary>
    public VerifierMode Mode { get; init; } = VerifierMode.Kernel;

    /// <summary>The kernel the program is to load on: what it lacks is a refusal that names the first release with it.</summary>
    public Profiles.KernelProfile Kernel { get; init; } = Profiles.KernelProfile.Latest;

    /// <summary>The target kernel's types, for programs that follow kernel pointers; <see langword="null"/> for those of <see cref="Kernel"/>.</summary>
    public Btf.BtfFile? KernelTypes { get; init; }

    /// <summary>CPU numbers the target may have (1 or more): what bpf_get_smp_processor_id answers is below it.</summary>
    /// <remarks>The default is the most a stock kernel is built for, so that a verdict holds on every machine.</remarks>
    public int PossibleCpus { get; init; } = 8_192;

    /// <summary>Instructions that may be walked over all paths before giving up (the kernel's limit is 1,000,000).</summary>
    public int MaxProcessedInstructions { get; init; } = 1_000_000;

    /// <summary>Branches that may wait at once (the kernel's limit is 8,192).</summary>
    public int MaxPendingBranches { get; init; } = 8_192;

    /// <summary>Time after which the program is not judged.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Managed bytes the saved states may take before the program is not judged.</summary>
    public long MemoryLimit { get; init; } = 400L << 20;

    /// <summary>
    /// Whether to find the first release that accepts the program, by walking it again with the rules of older ones. A refusal for
    /// an older <see cref="Kernel"/> looks for it always.
    /// </summary>
    public bool FindFirstRelease { get; init; }

    /// <summary>Whether findings carry their path, the known values and a backward slice.</summary>
    public bool Explain { get; init; } = true;

    /// <summary>Whether the claims made at each instruction are kept, for state embedding tests.</summary>
    internal bool RecordClaims { get; init; }
}
