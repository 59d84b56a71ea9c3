namespace BpfSharp.Btf;

/// <summary>How an integer is meant (the kernel's <c>BTF_INT_*</c>).</summary>
[Flags]
public enum BtfIntEncoding : byte
{
    /// <summary>Unsigned.</summary>
    None = 0,
    /// <summary>Signed.</summary>
    Signed = 1,
    /// <summary>A character.</summary>
    Char = 2,
    /// <summary>A boolean.</summary>
    Bool = 4,
}
