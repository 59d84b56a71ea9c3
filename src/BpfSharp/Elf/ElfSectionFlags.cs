namespace BpfSharp.Elf;

/// <summary>Flags of a section (<c>SHF_*</c> of the ELF specification).</summary>
[Flags]
#pragma warning disable CA1711 // they are flags, and so the specification calls them
public enum ElfSectionFlags : ulong
#pragma warning restore CA1711
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Writable.</summary>
    Write = 1,
    /// <summary>In memory at run time.</summary>
    Allocate = 2,
    /// <summary>Holds instructions.</summary>
    Execute = 4,
    /// <summary>Equal contents may be merged.</summary>
    Merge = 0x10,
    /// <summary>Holds strings that end with zero.</summary>
    Strings = 0x20,
}
