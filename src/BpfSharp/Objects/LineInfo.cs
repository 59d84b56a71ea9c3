using BpfSharp.Diagnostics;

namespace BpfSharp.Objects;

/// <summary>The source line of a run of instructions: valid from its slot to the next record's.</summary>
/// <param name="Slot">First slot.</param>
/// <param name="Source">File, line, column and text.</param>
public sealed record LineInfo(int Slot, SourceLocation Source);
