using BpfSharp.Objects;
using BpfSharp.Verifier;

namespace BpfSharp.Runtime.Hosting;

/// <summary>Proofs without an analysis: how this repository's tests, plugin and benchmarks reach the unchecked engines.</summary>
internal static class Trusted
{
    /// <summary>Takes a program as verified. Whoever calls it answers for the program.</summary>
    public static VerifiedProgram Assume(BpfObject source, ProgramSpec spec) => new(
        spec.Name, spec.Instructions, [.. source.Maps.Select(m => m.Clone())], VerifierMode.InProcess,
        new ProgramFacts([], [], [], 0));
}
