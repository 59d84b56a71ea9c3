using System.Collections.Immutable;
using BpfSharp.Diagnostics;
using BpfSharp.Objects;

namespace BpfSharp.Verifier;

/// <summary>Decides, before a program runs, whether it ends, stays in its memory and follows the rules of its hook.</summary>
public static class ProgramVerifier
{
    /// <summary>Judges one program of an object.</summary>
    /// <param name="obj">The object: its maps, globals and types.</param>
    /// <param name="program">The program; linked.</param>
    /// <param name="options">How to judge; <see langword="null"/> for the defaults.</param>
    /// <returns>The verdict; never throws for what the program holds.</returns>
    public static VerificationResult Verify(BpfObject obj, ProgramSpec program, VerifierOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(obj);
        ArgumentNullException.ThrowIfNull(program);
        options ??= VerifierOptions.Default;
        Finding finding = new()
        {
            Id = "BPF2001",
            Program = program.Name,
            Message = "the analysis of this program type is not there yet",
        };
        return new VerificationResult(Verdict.NotJudged, ImmutableArray.Create(finding), null, default);
    }
}
