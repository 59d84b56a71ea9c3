namespace BpfSharp.Elf;

/// <summary>A symbol.</summary>
/// <param name="Index">Index in its table.</param>
/// <param name="Name">Name; empty for sections.</param>
/// <param name="Value">Offset in its section, or address in executables.</param>
/// <param name="Size">Bytes of what it names; 0 if unknown.</param>
/// <param name="Type">What it names.</param>
/// <param name="Binding">Who sees it.</param>
/// <param name="Visibility">0 default, 1 internal, 2 hidden, 3 protected.</param>
/// <param name="SectionIndex">Section it is in; 0 if defined elsewhere; 0xfff1 absolute, 0xfff2 common.</param>
public sealed record ElfSymbol(
    int Index,
    string Name,
    ulong Value,
    ulong Size,
    ElfSymbolType Type,
    ElfSymbolBinding Binding,
    byte Visibility,
    int SectionIndex)
{
    /// <summary>Section index of a symbol that is defined elsewhere.</summary>
    public const int Undefined = 0;

    /// <summary>First of the section indexes with a special meaning.</summary>
    public const int FirstReserved = 0xff00;

    /// <summary>Whether it is seen outside its file.</summary>
    public bool IsGlobal => Binding is ElfSymbolBinding.Global or ElfSymbolBinding.Weak;

    /// <summary>Whether it is global for the compiler but not for the loader (hidden or internal).</summary>
    public bool IsHidden => Visibility is 1 or 2;
}

/// <summary>What a symbol names (<c>STT_*</c>); other values occur.</summary>
public enum ElfSymbolType : byte
{
    /// <summary>Not said: externs, labels, and functions of old compilers.</summary>
    None = 0,
    /// <summary>Data.</summary>
    Object = 1,
    /// <summary>Function.</summary>
    Function = 2,
    /// <summary>A section itself.</summary>
    Section = 3,
    /// <summary>Source file.</summary>
    File = 4,
}

/// <summary>Who sees a symbol (<c>STB_*</c>); other values occur.</summary>
public enum ElfSymbolBinding : byte
{
    /// <summary>Its file.</summary>
    Local = 0,
    /// <summary>Everyone.</summary>
    Global = 1,
    /// <summary>Everyone; may be overridden, or absent if undefined.</summary>
    Weak = 2,
}
