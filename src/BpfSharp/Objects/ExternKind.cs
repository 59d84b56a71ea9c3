namespace BpfSharp.Objects;

/// <summary>What an extern of an object is.</summary>
public enum ExternKind : byte
{
    /// <summary>A kernel function callable from programs.</summary>
    Kfunc,
    /// <summary>A kernel variable, typed by BTF.</summary>
    TypedKernelSymbol,
    /// <summary>A kernel symbol's address, without type.</summary>
    UntypedKernelSymbol,
}
