using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Hosting;

/// <summary>A program as engines run it: what program arrays hold and tail calls start.</summary>
internal sealed partial class RuntimeProgram
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its object.</summary>
    public required RuntimeObject Object { get; init; }

    /// <summary>Its type: only programs of one type may tail-call each other.</summary>
    public required Hooks.ProgramType Type { get; init; }

    /// <summary>How its context lies in memory.</summary>
    public ContextShape Shape { get; init; } = ContextShape.Plain;
}
