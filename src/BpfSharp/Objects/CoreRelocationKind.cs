namespace BpfSharp.Objects;

/// <summary>What a CO-RE relocation asks (the kernel's <c>enum bpf_core_relo_kind</c>).</summary>
public enum CoreRelocationKind : byte
{
    /// <summary>Byte offset of a field.</summary>
    FieldByteOffset,
    /// <summary>Byte size of a field.</summary>
    FieldByteSize,
    /// <summary>Whether the field exists.</summary>
    FieldExists,
    /// <summary>Whether the field is signed.</summary>
    FieldSigned,
    /// <summary>Left shift that isolates a bitfield loaded as 64 bits.</summary>
    FieldLeftShift64,
    /// <summary>Right shift after it.</summary>
    FieldRightShift64,
    /// <summary>Type id in the object.</summary>
    TypeIdLocal,
    /// <summary>Type id in the target.</summary>
    TypeIdTarget,
    /// <summary>Whether the type exists.</summary>
    TypeExists,
    /// <summary>Size of the type.</summary>
    TypeSize,
    /// <summary>Whether the enumerator exists.</summary>
    EnumValueExists,
    /// <summary>Value of the enumerator.</summary>
    EnumValue,
    /// <summary>Whether the type exists and matches.</summary>
    TypeMatches,
}
