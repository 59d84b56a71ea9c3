using System.Buffers.Binary;
using System.Text;

namespace BpfSharp.Elf;

/// <summary>Writes a little-endian relocatable eBPF object: add sections and symbols, relocate, then take the bytes.</summary>
internal sealed class ElfWriter
{
    private readonly List<(ElfSection Section, byte[] Data, List<ElfRelocation> Relocations)> _sections = [];
    private readonly List<ElfSymbol> _symbols = [];

    /// <summary>Adds a section.</summary>
    /// <returns>Its index.</returns>
    internal int AddSection(
        string name, ElfSectionType type, ElfSectionFlags flags, byte[] data, int alignment, ulong noBitsSize = 0)
    {
        ElfSection section = new()
        {
            Index = _sections.Count + 1,
            Name = name,
            Type = type,
            Flags = flags,
            Alignment = (ulong)alignment,
            Size = type == ElfSectionType.NoBits ? noBitsSize : (ulong)data.Length,
        };
        _sections.Add((section, data, []));
        return section.Index;
    }

    /// <summary>Adds a symbol.</summary>
    /// <returns>A handle for relocations: not its final index, for local symbols must come first in the file.</returns>
    internal int AddSymbol(
        string name, ElfSymbolType type, ElfSymbolBinding binding, int section, ulong value, ulong size)
    {
        _symbols.Add(new ElfSymbol(_symbols.Count, name, value, size, type, binding, 0, section));
        return _symbols.Count - 1;
    }

    /// <summary>Adds a relocation.</summary>
    internal void AddRelocation(int section, int offset, uint type, int symbol) =>
        _sections[section - 1].Relocations.Add(new((ulong)offset, type, symbol, 0));

    internal byte[] ToArray()
    {
        // Final order of symbols: the unused one, local ones, global ones.
        List<ElfSymbol> ordered = [.. _symbols.Where(s => !s.IsGlobal), .. _symbols.Where(s => s.IsGlobal)];
        int[] finalIndex = new int[_symbols.Count];
        for (int i = 0; i < ordered.Count; i++)
        {
            finalIndex[ordered[i].Index] = i + 1;
        }

        StringTable strings = new();
        byte[] symbolTable = new byte[24 * (ordered.Count + 1)];
        for (int i = 0; i < ordered.Count; i++)
        {
            Span<byte> entry = symbolTable.AsSpan(24 * (i + 1), 24);
            ElfSymbol symbol = ordered[i];
            BinaryPrimitives.WriteUInt32LittleEndian(entry, strings.Add(symbol.Name));
            entry[4] = (byte)((int)symbol.Binding << 4 | (int)symbol.Type);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[6..], (ushort)symbol.SectionIndex);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], symbol.Value);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], symbol.Size);
        }

        int symbolsIndex = _sections.Count + _sections.Count(s => s.Relocations.Count > 0) + 1;
        List<(ElfSection Section, byte[] Data)> all = [.. _sections.Select(s => (s.Section, s.Data))];
        foreach ((ElfSection target, _, List<ElfRelocation> relocations) in _sections.Where(s => s.Relocations.Count > 0))
        {
            byte[] table = new byte[16 * relocations.Count];
            int at = 0;
            foreach (ElfRelocation relocation in relocations.OrderBy(r => r.Offset))
            {
                BinaryPrimitives.WriteUInt64LittleEndian(table.AsSpan(at), relocation.Offset);
                ulong info = (ulong)finalIndex[relocation.Symbol] << 32 | relocation.Type;
                BinaryPrimitives.WriteUInt64LittleEndian(table.AsSpan(at + 8), info);
                at += 16;
            }

            all.Add((new ElfSection
            {
                Name = ".rel" + target.Name,
                Type = ElfSectionType.Relocations,
                Link = (uint)symbolsIndex,
                Info = (uint)target.Index,
                Alignment = 8,
                EntrySize = 16,
                Size = (ulong)table.Length,
            }, table));
        }

        all.Add((new ElfSection
        {
            Name = ".symtab",
            Type = ElfSectionType.SymbolTable,
            Link = (uint)symbolsIndex + 1,
            Info = (uint)ordered.Count(s => !s.IsGlobal) + 1,
            Alignment = 8,
            EntrySize = 24,
            Size = (ulong)symbolTable.Length,
        }, symbolTable));
        uint[] names = [.. all.Select(s => strings.Add(s.Section.Name)), strings.Add(".strtab")];
        byte[] text = strings.ToArray();
        all.Add((new ElfSection
        {
            Name = ".strtab",
            Type = ElfSectionType.StringTable,
            Size = (ulong)text.Length,
        }, text));
        return Assemble(all, names);
    }

    private static byte[] Assemble(List<(ElfSection Section, byte[] Data)> sections, uint[] names)
    {
        using MemoryStream file = new();
        file.Write(new byte[64]);
        long[] places = new long[sections.Count];
        for (int i = 0; i < sections.Count; i++)
        {
            Align(file, (int)sections[i].Section.Alignment);
            places[i] = file.Position;
            file.Write(sections[i].Data);
        }

        Align(file, 8);
        long tableAt = file.Position;
        file.Write(new byte[64]);
        byte[] header = new byte[64];
        for (int i = 0; i < sections.Count; i++)
        {
            ElfSection section = sections[i].Section;
            BinaryPrimitives.WriteUInt32LittleEndian(header, names[i]);
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), (uint)section.Type);
            BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(8), (ulong)section.Flags);
            BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(24), (ulong)places[i]);
            BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(32), section.Size);
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(40), section.Link);
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(44), section.Info);
            BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(48), section.Alignment);
            BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(56), section.EntrySize);
            file.Write(header);
        }

        byte[] bytes = file.ToArray();
        ReadOnlySpan<byte> identity = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        identity.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(16), 1);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(18), ElfFile.MachineBpf);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(20), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(40), (ulong)tableAt);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(52), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(58), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(60), (ushort)(sections.Count + 1));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(62), (ushort)sections.Count);
        return bytes;
    }

    private static void Align(MemoryStream file, int alignment)
    {
        while (alignment > 1 && file.Position % alignment != 0)
        {
            file.WriteByte(0);
        }
    }

    private sealed class StringTable
    {
        private readonly Dictionary<string, uint> _offsets = [];
        private readonly List<byte> _text = [0];

        internal uint Add(string text)
        {
            if (text.Length == 0)
            {
                return 0;
            }

            if (!_offsets.TryGetValue(text, out uint offset))
            {
                offset = (uint)_text.Count;
                _text.AddRange(Encoding.UTF8.GetBytes(text));
                _text.Add(0);
                _offsets.Add(text, offset);
            }

            return offset;
        }

        internal byte[] ToArray() => [.. _text];
    }
}
