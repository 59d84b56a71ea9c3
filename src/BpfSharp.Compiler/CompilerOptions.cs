namespace BpfSharp.Compiler;

/// <summary>How to compile.</summary>
public sealed record CompilerOptions
{
    /// <summary>Newest instructions used, as clang's <c>-mcpu</c>: 1 to 4; 3 (Linux 5.1) by default.</summary>
    public int CpuLevel { get; init; } = 3;

    /// <summary>Whether source lines are read from disk into the object's line information.</summary>
    public bool ReadSources { get; init; } = true;

    /// <summary>Directories in which referenced assemblies are looked for, before the runtime's own.</summary>
    public IReadOnlyList<string> ReferenceDirectories { get; init; } = [];

    /// <summary>Receives the IR as text: name of the function, name of the pass it was made by (empty before the first), text.</summary>
    internal Action<string, string, string>? Dump { get; init; }

    /// <summary>Whether the IR is checked after each pass.</summary>
#if DEBUG
    internal bool CheckPasses { get; init; } = true;
#else
    internal bool CheckPasses { get; init; }
#endif
}
