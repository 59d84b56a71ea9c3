namespace BpfSharp.Btf;

/// <summary>Kind of a type.</summary>
/// <remarks>Values are the kernel's <c>BTF_KIND_*</c> (<c>include/uapi/linux/btf.h</c>).</remarks>
public enum BtfKind : byte
{
    /// <summary>Type 0, which every set has: void.</summary>
    Void = 0,
    /// <summary>Integer.</summary>
    Int = 1,
    /// <summary>Pointer.</summary>
    Pointer = 2,
    /// <summary>Array.</summary>
    Array = 3,
    /// <summary>Structure.</summary>
    Struct = 4,
    /// <summary>Union.</summary>
    Union = 5,
    /// <summary>Enumeration of up to 32 bits.</summary>
    Enum = 6,
    /// <summary>Forward declaration of a structure or union.</summary>
    Forward = 7,
    /// <summary>Another name of a type.</summary>
    Typedef = 8,
    /// <summary><c>volatile</c>.</summary>
    Volatile = 9,
    /// <summary><c>const</c>.</summary>
    Const = 10,
    /// <summary><c>restrict</c>.</summary>
    Restrict = 11,
    /// <summary>Function.</summary>
    Function = 12,
    /// <summary>Parameters and return type of a function.</summary>
    FunctionPrototype = 13,
    /// <summary>Variable.</summary>
    Variable = 14,
    /// <summary>Section of variables.</summary>
    DataSection = 15,
    /// <summary>Floating point number.</summary>
    Float = 16,
    /// <summary>Tag on a declaration (<c>btf_decl_tag</c>).</summary>
    DeclarationTag = 17,
    /// <summary>Tag on a pointed-to type (<c>btf_type_tag</c>).</summary>
    TypeTag = 18,
    /// <summary>Enumeration of 64 bits.</summary>
    Enum64 = 19,
}
