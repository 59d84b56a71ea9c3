using System.Collections.Immutable;

namespace BpfSharp.Diagnostics;

/// <summary>A refusal: of a file, of the verifier, of a host. Carries every finding, not just the first.</summary>
public class BpfException : Exception
{
    /// <summary>Creates a refusal from one finding.</summary>
    public BpfException(Finding finding, Exception? inner = null) : this([finding], inner) { }

    /// <summary>Creates a refusal from findings; the first error is the message.</summary>
    public BpfException(ImmutableArray<Finding> findings, Exception? inner = null)
        : base(Describe(findings), inner) => Findings = findings;

    /// <summary>What was found; never empty.</summary>
    public ImmutableArray<Finding> Findings { get; }

    private static string Describe(ImmutableArray<Finding> findings)
    {
        if (findings.IsDefaultOrEmpty)
        {
            throw new ArgumentException("a refusal needs at least one finding", nameof(findings));
        }

        Finding first = findings.FirstOrDefault(f => f.Severity == Severity.Error) ?? findings[0];
        return findings.Length == 1 ? first.ToString() : $"{first} (and {findings.Length - 1} more)";
    }
}
