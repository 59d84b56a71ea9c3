namespace BpfSharp.Elf;

/// <summary>A section of an ELF file.</summary>
public sealed class ElfSection
{
    /// <summary>Index in the section table.</summary>
    public int Index { get; init; }

    /// <summary>Name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Kind of contents.</summary>
    public ElfSectionType Type { get; init; }

    /// <summary>Flags.</summary>
    public ElfSectionFlags Flags { get; init; }

    /// <summary>Address in memory, for executables.</summary>
    public ulong Address { get; init; }

    /// <summary>Where the contents start in the file.</summary>
    public ulong FileOffset { get; init; }

    /// <summary>Bytes in memory; also of <see cref="ElfSectionType.NoBits"/>, which has none in the file.</summary>
    public ulong Size { get; init; }

    /// <summary>Index of the section it belongs to (strings of symbols, symbols of relocations).</summary>
    public uint Link { get; init; }

    /// <summary>For relocations: index of the section they apply to.</summary>
    public uint Info { get; init; }

    /// <summary>Alignment in memory.</summary>
    public ulong Alignment { get; init; } = 1;

    /// <summary>Bytes of an entry, for tables.</summary>
    public ulong EntrySize { get; init; }

    /// <summary>Contents; empty if the file has none.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Name, for people.</summary>
    public override string ToString() => Name.Length > 0 ? Name : $"section {Index}";
}
