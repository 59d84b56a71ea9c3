using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using BpfSharp.Diagnostics;

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

    /// <summary>What was found; at least one error if not accepted.</summary>
    public ImmutableArray<Finding> Findings { get; }

    /// <summary>Proof for the engines that run unchecked; <see langword="null"/> unless accepted.</summary>
    public VerifiedProgram? Program { get; }

    /// <summary>What it cost.</summary>
    public VerificationStatistics Statistics { get; }
}
