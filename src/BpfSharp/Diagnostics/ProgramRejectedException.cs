using System.Collections.Immutable;

namespace BpfSharp.Diagnostics;

/// <summary>A verifier (ours or the kernel's) rejected a program.</summary>
public sealed class ProgramRejectedException : BpfException
{
    /// <summary>Creates the refusal.</summary>
    /// <param name="program">Name of the program.</param>
    /// <param name="findings">What was found; at least one.</param>
    /// <param name="log">The kernel's log, whole, when the kernel judged.</param>
    public ProgramRejectedException(string program, ImmutableArray<Finding> findings, string? log = null)
        : base(findings)
    {
        Program = program;
        Log = log;
    }

    /// <summary>Name of the program.</summary>
    public string Program { get; }

    /// <summary>The kernel verifier's log, whole; <see langword="null"/> when our verifier judged.</summary>
    public string? Log { get; }
}
