namespace BpfSharp.Isa;

/// <summary>Names the assembler may resolve. Every one is optional; numbers always work.</summary>
public sealed record AssemblerOptions
{
    /// <summary>Number of a helper by its name (with or without <c>bpf_</c>).</summary>
    public Func<string, int?>? HelperNumber { get; init; }

    /// <summary>Index of a map in the object by its name, for <c>map[name]</c>.</summary>
    public Func<string, int?>? MapIndex { get; init; }

    /// <summary>Index of a kernel function or variable in the object by its name, for <c>kfunc[name]</c> and <c>ksym[name]</c>.</summary>
    public Func<string, int?>? ExternIndex { get; init; }
}
