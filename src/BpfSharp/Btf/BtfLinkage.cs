namespace BpfSharp.Btf;

/// <summary>Visibility of a function or variable (<c>BTF_FUNC_*</c> and <c>BTF_VAR_*</c>, which agree).</summary>
public enum BtfLinkage : byte
{
    /// <summary>Known in its file only.</summary>
    Static = 0,
    /// <summary>Known everywhere (for variables: with storage here).</summary>
    Global = 1,
    /// <summary>Defined elsewhere.</summary>
    Extern = 2,
}
