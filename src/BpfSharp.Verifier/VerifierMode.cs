namespace BpfSharp.Verifier;

/// <summary>Whose rules are applied.</summary>
public enum VerifierMode : byte
{
    /// <summary>The kernel's, for a loader with every capability: what a root load would answer.</summary>
    Kernel,
    /// <summary>The kernel's, for a loader with CAP_BPF but without CAP_PERFMON: no pointer may leak.</summary>
    UnprivilegedStrict,
    /// <summary>
    /// Those of the in-process runtime: as the kernel's, but loops may be unbounded because runs burn fuel, and an access nothing
    /// proves is accepted where the engine can test it (<see cref="ProgramFacts.CheckedAccesses"/>).
    /// </summary>
    InProcess,
}
