namespace BpfSharp.Objects;

/// <summary>Something the object expects from the kernel, by name.</summary>
/// <param name="Name">The name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="IsWeak">Whether a missing one becomes 0 instead of a refusal.</param>
/// <param name="BtfTypeId">Its type in the object's BTF (FUNC for functions, VAR for variables); 0 if untyped.</param>
public sealed record ExternSpec(string Name, ExternKind Kind, bool IsWeak, int BtfTypeId);
