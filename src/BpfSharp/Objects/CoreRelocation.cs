namespace BpfSharp.Objects;

/// <summary>One compile-once-run-everywhere relocation of a linked program (<c>struct bpf_core_relo</c>).</summary>
/// <param name="Slot">The instruction it patches.</param>
/// <param name="TypeId">Root type in the object's BTF.</param>
/// <param name="AccessPath">Access string, for example <c>0:1:2</c>.</param>
/// <param name="Kind">What is asked of the target's type.</param>
public sealed record CoreRelocation(int Slot, int TypeId, string AccessPath, CoreRelocationKind Kind);
