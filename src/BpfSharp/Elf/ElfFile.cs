using System.Buffers.Binary;
using System.Text;
using BpfSharp.Diagnostics;

namespace BpfSharp.Elf;

/// <summary>A 64-bit ELF file of either byte order: sections, symbols, relocations. Contents are views on the file's bytes.</summary>
/// <remarks>Source: System V ABI, ELF-64 Object File Format.</remarks>
public sealed class ElfFile
{
    /// <summary>Machine number of eBPF.</summary>
    public const int MachineBpf = 247;

    private const int HeaderLength = 64;
    private const int SectionHeaderLength = 64;
    private const int SymbolLength = 24;

    private readonly ReadOnlyMemory<byte> _data;
    private readonly ElfSection[] _sections;

    private ElfFile(ReadOnlyMemory<byte> data, string name)
    {
        _data = data;
        Name = name;
        ReadOnlySpan<byte> bytes = data.Span;
        if (bytes.Length < 4 || bytes[0] != 0x7f || bytes[1] != 'E' || bytes[2] != 'L' || bytes[3] != 'F')
        {
            throw Malformed("the file does not start with the ELF magic number", "give an object built by clang -target bpf");
        }

        if (bytes.Length < HeaderLength)
        {
            throw Malformed($"{bytes.Length} bytes are too few for the header ({HeaderLength})");
        }

        if (bytes[4] != 2)
        {
            throw Malformed($"class {bytes[4]}; only 64-bit files (2) are read");
        }

        if (bytes[5] is not (1 or 2))
        {
            throw Malformed($"byte order {bytes[5]}; 1 (little) and 2 (big) are known");
        }

        IsBigEndian = bytes[5] == 2;
        Type = Half(16);
        Machine = Half(18);
        _sections = ReadSections();
    }

    /// <summary>Name for messages.</summary>
    public string Name { get; }

    /// <summary>Whether numbers are in big-endian order.</summary>
    public bool IsBigEndian { get; }

    /// <summary>File type: 1 relocatable, 2 executable, 3 shared.</summary>
    public int Type { get; }

    /// <summary>Machine number; <see cref="MachineBpf"/>, or 0 in objects of old compilers.</summary>
    public int Machine { get; }

    /// <summary>All sections; the first is the unused entry.</summary>
    public IReadOnlyList<ElfSection> Sections => _sections;

    /// <summary>Reads a file.</summary>
    /// <param name="data">Its bytes; kept, not copied.</param>
    /// <param name="name">Name for messages.</param>
    /// <exception cref="ObjectFormatException">The bytes are no ELF file, or damaged.</exception>
    public static ElfFile Read(ReadOnlyMemory<byte> data, string name = "ELF") => new(data, name);

    /// <summary>The first section with a name, or <see langword="null"/>.</summary>
    /// <param name="name">The name.</param>
    public ElfSection? FindSection(string name)
    {
        foreach (ElfSection section in _sections)
        {
            if (section.Name == name)
            {
                return section;
            }
        }

        return null;
    }

    /// <summary>Reads a symbol table.</summary>
    /// <param name="table">A section of symbols.</param>
    /// <exception cref="ObjectFormatException">The table is damaged.</exception>
    public IReadOnlyList<ElfSymbol> ReadSymbols(ElfSection table)
    {
        ReadOnlySpan<byte> bytes = table.Data.Span;
        if (bytes.Length % SymbolLength != 0)
        {
            throw Malformed($"{table} has {bytes.Length} bytes, no multiple of a symbol's {SymbolLength}");
        }

        ReadOnlySpan<byte> strings = Section(table.Link, table).Data.Span;
        ElfSymbol[] symbols = new ElfSymbol[bytes.Length / SymbolLength];
        for (int i = 0; i < symbols.Length; i++)
        {
            ReadOnlySpan<byte> entry = bytes.Slice(i * SymbolLength, SymbolLength);
            symbols[i] = new ElfSymbol(
                i,
                Text(strings, U32(entry), table),
                U64(entry[8..]),
                U64(entry[16..]),
                (ElfSymbolType)(entry[4] & 0xf),
                (ElfSymbolBinding)(entry[4] >> 4),
                (byte)(entry[5] & 3),
                U16(entry[6..]));
        }

        return symbols;
    }

    /// <summary>Reads relocations.</summary>
    /// <param name="table">A section of relocations, of either form.</param>
    /// <exception cref="ObjectFormatException">The table is damaged.</exception>
    public IReadOnlyList<ElfRelocation> ReadRelocations(ElfSection table)
    {
        bool withAddend = table.Type == ElfSectionType.RelocationsWithAddend;
        int length = withAddend ? 24 : 16;
        ReadOnlySpan<byte> bytes = table.Data.Span;
        if (bytes.Length % length != 0)
        {
            throw Malformed($"{table} has {bytes.Length} bytes, no multiple of a relocation's {length}");
        }

        ElfRelocation[] relocations = new ElfRelocation[bytes.Length / length];
        for (int i = 0; i < relocations.Length; i++)
        {
            ReadOnlySpan<byte> entry = bytes.Slice(i * length, length);
            ulong info = U64(entry[8..]);
            if (info >> 32 > int.MaxValue)
            {
                throw Malformed($"relocation {i} of {table} names symbol {info >> 32}");
            }

            relocations[i] = new(U64(entry), (uint)info, (int)(info >> 32), withAddend ? (long)U64(entry[16..]) : 0);
        }

        return relocations;
    }

    /// <summary>Reads a 32-bit number of the file's byte order.</summary>
    /// <param name="bytes">At least 4 bytes.</param>
    public uint U32(ReadOnlySpan<byte> bytes) => IsBigEndian
        ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    /// <summary>Reads a 64-bit number of the file's byte order.</summary>
    /// <param name="bytes">At least 8 bytes.</param>
    public ulong U64(ReadOnlySpan<byte> bytes) => IsBigEndian
        ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    /// <summary>Reads a 16-bit number of the file's byte order.</summary>
    /// <param name="bytes">At least 2 bytes.</param>
    public ushort U16(ReadOnlySpan<byte> bytes) => IsBigEndian
        ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    internal ObjectFormatException Malformed(string what, string? suggestion = null) => new(new Finding
    {
        Id = "BPF1001",
        Message = $"damaged ELF file: {what}",
        Where = Name,
        Suggestion = suggestion ?? "build the object again",
    });

    private int Half(int at) => U16(_data.Span[at..]);

    private ElfSection[] ReadSections()
    {
        ReadOnlySpan<byte> bytes = _data.Span;
        ulong tableAt = U64(bytes[40..]);
        int entryLength = Half(58);
        ulong count = (ulong)Half(60);
        uint namesIndex = (uint)Half(62);
        if (tableAt == 0)
        {
            return [];
        }

        if (entryLength != SectionHeaderLength)
        {
            throw Malformed($"section headers of {entryLength} bytes; {SectionHeaderLength} are expected");
        }

        if (tableAt > (ulong)bytes.Length || (ulong)bytes.Length - tableAt < SectionHeaderLength)
        {
            throw Malformed($"the section table is at {tableAt}, the file ends at {bytes.Length}");
        }

        // More sections than 16 bits can count are counted in the unused first entry.
        ReadOnlySpan<byte> table = bytes[(int)tableAt..];
        count = count == 0 ? U64(table[32..]) : count;
        namesIndex = namesIndex == 0xffff ? U32(table[40..]) : namesIndex;
        if (count > (ulong)(table.Length / SectionHeaderLength))
        {
            throw Malformed($"{count} sections do not fit behind the section table's start at {tableAt}");
        }

        ReadOnlySpan<byte> names = [];
        if (namesIndex < count)
        {
            names = Contents(table.Slice((int)namesIndex * SectionHeaderLength, SectionHeaderLength), (int)namesIndex).Span;
        }

        ElfSection[] sections = new ElfSection[(int)count];
        for (int i = 0; i < sections.Length; i++)
        {
            ReadOnlySpan<byte> header = table.Slice(i * SectionHeaderLength, SectionHeaderLength);
            sections[i] = new ElfSection
            {
                Index = i,
                Name = Text(names, U32(header), null),
                Type = (ElfSectionType)U32(header[4..]),
                Flags = (ElfSectionFlags)U64(header[8..]),
                Address = U64(header[16..]),
                FileOffset = U64(header[24..]),
                Size = U64(header[32..]),
                Link = U32(header[40..]),
                Info = U32(header[44..]),
                Alignment = U64(header[48..]),
                EntrySize = U64(header[56..]),
                Data = Contents(header, i),
            };
        }

        return sections;
    }

    private ReadOnlyMemory<byte> Contents(ReadOnlySpan<byte> header, int index)
    {
        (ulong at, ulong size) = (U64(header[24..]), U64(header[32..]));
        if ((ElfSectionType)U32(header[4..]) is ElfSectionType.NoBits or ElfSectionType.Null)
        {
            return default;
        }

        return at <= (ulong)_data.Length && size <= (ulong)_data.Length - at
            ? _data.Slice((int)at, (int)size)
            : throw Malformed($"section {index} takes bytes {at} to {at + size}, the file ends at {_data.Length}");
    }

    private ElfSection Section(uint index, ElfSection table) => index < Sections.Count
        ? Sections[(int)index]
        : throw Malformed($"{table} refers to section {index} of {Sections.Count}");

    private string Text(ReadOnlySpan<byte> strings, uint offset, ElfSection? table)
    {
        if (offset == 0)
        {
            return "";
        }

        int length = offset < strings.Length ? strings[(int)offset..].IndexOf((byte)0) : -1;
        return length >= 0
            ? Encoding.UTF8.GetString(strings.Slice((int)offset, length))
            : throw Malformed($"a name of {table?.Name ?? "the section table"} is at {offset}, outside its strings");
    }
}
