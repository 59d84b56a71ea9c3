using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using BpfSharp.Diagnostics;
using BpfSharp.Verifier.Profiles;

namespace BpfSharp.Verifier;

/// <summary>The verdict on one program with everything found on the way.</summary>
public sealed class VerificationResult
{
    internal VerificationResult(
        Verdict verdict, ImmutableArray<Finding> findings, VerifiedProgram? program, VerificationStatistics statistics)
    {
        Verdict = verdict;
        Findings = findings;
        Program = program;
        Statistics = statistics;
    }

    /// <summary>The decision.</summary>
    public Verdict Verdict { get; }

    /// <summary>Whether the program was proved safe; then <see cref="Program"/> is there.</summary>
    [MemberNotNullWhen(true, nameof(Program))]
    public bool IsAccepted => Verdict == Verdict.Accepted && Program is not null;

    /// <summary>What was found; at least one error if not accepted. In process, an accepted one may say which accesses run checked.</summary>
    public ImmutableArray<Finding> Findings { get; }

    /// <summary>Proof for the engines that run unchecked; <see langword="null"/> unless accepted.</summary>
    public VerifiedProgram? Program { get; }

    /// <summary>What it cost.</summary>
    public VerificationStatistics Statistics { get; internal init; }

    /// <summary>What the program needs that not all kernels since 3.18 have, latest first.</summary>
    public ImmutableArray<KernelRequirement> Requirements { get; internal init; } = [];

    /// <summary>
    /// The first release (major * 100 + minor) that accepts the program by this verifier's rules; 0 if none does, or if it was not
    /// looked for: <see cref="VerifierOptions.FindFirstRelease"/> asks for it, and a refusal for an older kernel looks by itself.
    /// </summary>
    public int FirstRelease { get; internal init; }

    /// <summary>What only the walk can tell of the needs.</summary>
    internal IReadOnlyList<KernelRequirement> Needs { get; init; } = [];
}
