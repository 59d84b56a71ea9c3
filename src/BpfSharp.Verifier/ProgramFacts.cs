using System.Collections.Immutable;

namespace BpfSharp.Verifier;

/// <summary>What the verifier proved of a program besides that it is safe. All arrays are indexed by slot.</summary>
public sealed class ProgramFacts
{
    internal ProgramFacts(
        ImmutableArray<bool> reached, ImmutableArray<BranchFact> branches, ImmutableArray<int> callMaps, int stackBytes,
        bool needsFuel = false, ImmutableArray<CheckedAccess> checkedAccesses = default)
    {
        Reached = reached;
        Branches = branches;
        CallMaps = callMaps;
        StackBytes = stackBytes;
        NeedsFuel = needsFuel;
        CheckedAccesses = checkedAccesses.IsDefault ? [] : checkedAccesses;
    }

    /// <summary>Whether any path reaches the instruction; what is not reached needs no code.</summary>
    public ImmutableArray<bool> Reached { get; }

    /// <summary>Ways a conditional jump can go: constants of read-only data decide many.</summary>
    public ImmutableArray<BranchFact> Branches { get; }

    /// <summary>For a helper call with a map argument: the index of the one map it always gets; -1 if none or several.</summary>
    public ImmutableArray<int> CallMaps { get; }

    /// <summary>Bytes of stack of the deepest call chain, as the kernel counts them.</summary>
    public int StackBytes { get; }

    /// <summary>
    /// Whether some loop was not walked to its end (only judged by <see cref="VerifierMode.InProcess"/>): the program keeps to its
    /// memory, but an engine must count its steps.
    /// </summary>
    public bool NeedsFuel { get; }

    /// <summary>
    /// Accesses an engine must test when they run, in the order of their slots (only judged by <see cref="VerifierMode.InProcess"/>):
    /// the proof of everything else holds on the condition that a run ends where such a test fails.
    /// </summary>
    public ImmutableArray<CheckedAccess> CheckedAccesses { get; }
}
