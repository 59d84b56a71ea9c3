using System.Collections.Immutable;
using BpfSharp.Isa;
using BpfSharp.Objects;

namespace BpfSharp.Verifier;

/// <summary>
/// A program that was proved safe. Only the verifier can make one, and it keeps its own copy of what it judged: editing
/// the object afterwards changes nothing here.
/// </summary>
public sealed class VerifiedProgram
{
    internal VerifiedProgram(
        string name, ImmutableArray<Instruction> instructions, ImmutableArray<MapSpec> maps, VerifierMode mode, ProgramFacts facts)
    {
        Name = name;
        Instructions = instructions;
        Maps = maps;
        Mode = mode;
        Facts = facts;
    }

    /// <summary>Name of the program.</summary>
    public string Name { get; }

    /// <summary>The instructions that were judged.</summary>
    public ImmutableArray<Instruction> Instructions { get; }

    /// <summary>Copies of the maps as they were when judged: a host that runs the program must have made the same.</summary>
    public ImmutableArray<MapSpec> Maps { get; }

    /// <summary>Whose rules it was judged by.</summary>
    public VerifierMode Mode { get; }

    /// <summary>What was proved besides safety, for engines to use.</summary>
    public ProgramFacts Facts { get; }
}
