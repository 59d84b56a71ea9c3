using System.Collections.Immutable;
using BpfSharp.Diagnostics;
using BpfSharp.Objects;

namespace BpfSharp.Compiler;

/// <summary>What a compilation made and found.</summary>
/// <param name="Object">The object; <see langword="null"/> if any finding is an error.</param>
/// <param name="Findings">Everything found, in order of the source.</param>
public sealed record CompilationResult(BpfObject? Object, ImmutableArray<Finding> Findings)
{
    /// <summary>Whether there is an object.</summary>
    public bool Succeeded => Object is not null;
}
