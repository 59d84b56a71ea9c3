namespace BpfSharp.Elf;

/// <summary>Kind of a section's contents (<c>SHT_*</c> of the ELF specification); other values occur.</summary>
public enum ElfSectionType : uint
{
    /// <summary>Unused entry.</summary>
    Null = 0,
    /// <summary>Code or data.</summary>
    ProgramBits = 1,
    /// <summary>Symbols.</summary>
    SymbolTable = 2,
    /// <summary>Strings.</summary>
    StringTable = 3,
    /// <summary>Relocations with addends.</summary>
    RelocationsWithAddend = 4,
    /// <summary>Notes.</summary>
    Note = 7,
    /// <summary>Zero-initialised memory, without bytes in the file.</summary>
    NoBits = 8,
    /// <summary>Relocations whose addends are in the place itself.</summary>
    Relocations = 9,
    /// <summary>Symbols for dynamic linking.</summary>
    DynamicSymbols = 11,
}
