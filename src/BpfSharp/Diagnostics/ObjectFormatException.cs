using System.Collections.Immutable;

namespace BpfSharp.Diagnostics;

/// <summary>A file (ELF, BTF, capture, assembler text) is malformed or holds what is not supported.</summary>
public sealed class ObjectFormatException : BpfException
{
    /// <summary>Creates the refusal from one finding.</summary>
    public ObjectFormatException(Finding finding, Exception? inner = null) : base(finding, inner) { }

    /// <summary>Creates the refusal from findings.</summary>
    public ObjectFormatException(ImmutableArray<Finding> findings) : base(findings) { }
}
