namespace BpfSharp.Diagnostics;

/// <summary>A place in the source of a program, from BTF line info or a portable PDB.</summary>
/// <param name="File">File name as recorded.</param>
/// <param name="Line">1-based line; 0 if unknown.</param>
/// <param name="Column">1-based column; 0 if unknown.</param>
/// <param name="Text">The source line itself, when recorded.</param>
public sealed record SourceLocation(string File, int Line, int Column, string? Text = null)
{
    /// <summary><c>file:line</c>, with the column when known.</summary>
    public override string ToString() => Column > 0 ? $"{File}:{Line}:{Column}" : $"{File}:{Line}";
}
