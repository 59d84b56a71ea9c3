namespace BpfSharp.Runtime.Maps;

/// <summary>A field of a value that belongs to helpers, not to copies.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="ByteOffset">Where it starts in the value.</param>
/// <param name="Size">Its bytes.</param>
internal readonly record struct SpecialField(SpecialFieldKind Kind, int ByteOffset, int Size);

/// <summary>Kinds of special fields, by the type's name in BTF.</summary>
internal enum SpecialFieldKind : byte
{
    /// <summary><c>struct bpf_spin_lock</c>, 4 bytes.</summary>
    SpinLock,
    /// <summary><c>struct bpf_timer</c>, 16 bytes.</summary>
    Timer,
    /// <summary><c>struct bpf_wq</c>, 16 bytes.</summary>
    WorkQueue,
    /// <summary>A pointer tagged <c>kptr</c>, 8 bytes.</summary>
    KernelPointer,
    /// <summary>List and tree heads and nodes, and other fields that copies leave alone.</summary>
    Other,
}
