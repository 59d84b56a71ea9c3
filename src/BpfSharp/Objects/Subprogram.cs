namespace BpfSharp.Objects;

/// <summary>One function inside a linked program.</summary>
/// <param name="Name">Its symbol name.</param>
/// <param name="StartSlot">First slot; a function ends where the next starts.</param>
/// <param name="BtfTypeId">FUNC type in the object's BTF; 0 if unknown.</param>
/// <param name="IsGlobal">Whether it is verified on its own (global, non-static, not hidden).</param>
public sealed record Subprogram(string Name, int StartSlot, int BtfTypeId, bool IsGlobal);
