namespace BpfSharp.Isa;

/// <summary>Names the disassembler may use instead of numbers. Every one is optional.</summary>
public sealed record DisassemblerOptions
{
    /// <summary>Name of a helper by its number; <see langword="null"/> if unknown.</summary>
    public Func<int, string?>? HelperName { get; init; }

    /// <summary>Name of a map by its index in the object (linked programs).</summary>
    public Func<int, string?>? MapName { get; init; }

    /// <summary>Name of a kernel function or variable by its index in the object (linked programs).</summary>
    public Func<int, string?>? ExternName { get; init; }

    /// <summary>Name of the subprogram that starts at a slot.</summary>
    public Func<int, string?>? SubprogramName { get; init; }

    /// <summary>Name of a jump target by its slot; <see langword="null"/> for a relative one.</summary>
    public Func<int, string?>? Label { get; init; }
}
