using System.Buffers.Binary;
using System.Text;
using BpfSharp.Btf;
using BpfSharp.Elf;
using BpfSharp.Hooks;
using BpfSharp.Maps;

namespace BpfSharp.Objects.Reading;

/// <summary>Turns an ELF file into an object: maps, globals, externs, functions, then linked programs.</summary>
internal sealed partial class ObjectReader
{
    private const string TextSection = ".text";
    private const string ArenaSection = ".addr_space.1";

    private readonly ElfFile _elf;
    private readonly IReadOnlyList<ElfSymbol> _symbols;
    private readonly BpfObject _object;
    private readonly BtfFile? _btf;
    private readonly LegacyMapReader _legacyMaps;

    // Where maps are: declared ones by place, data sections by section.
    private readonly Dictionary<(int Section, ulong Offset), int> _mapByPlace = [];
    private readonly Dictionary<int, int> _mapBySection = [];
    private readonly List<(MapSpec Map, int Section, ulong Offset)> _valueLists = [];

    internal ObjectReader(ReadOnlyMemory<byte> data, string name)
    {
        _elf = ElfFile.Read(data, name);
        if (_elf.Type != 1)
        {
            throw Refusal.Object(name, $"ELF type {_elf.Type}; objects are relocatable (1)", "give the compiler's output, unlinked");
        }

        if (_elf.Machine is not (ElfFile.MachineBpf or 0))
        {
            throw Refusal.Object(
                name, $"it is for machine {_elf.Machine}; eBPF is {ElfFile.MachineBpf}", "compile with clang -target bpf");
        }

        ElfSection? table = _elf.Sections.FirstOrDefault(section => section.Type == ElfSectionType.SymbolTable);
        _symbols = table is null ? [] : _elf.ReadSymbols(table);
        _object = new BpfObject { Name = name, IsBigEndian = _elf.IsBigEndian };
        _legacyMaps = new LegacyMapReader(_elf);
        _btf = ReadBtf();
        _object.Btf = _btf;
    }

    internal BpfObject Read()
    {
        ReadNumbers();
        ReadMaps();
        ReadDataSections();
        ReadExterns();
        ReadStructOps();
        CodeReader code = new(_elf, _symbols);
        Relocate(code);
        new BtfExtReader(_elf, _btf, code).Read();
        AddPrograms(code);
        FillSlots(code);
        FillStructOps(code);
        ReadAddresses(code);
        _legacyMaps.ResolveNumbers(_object.Programs);
        return _object;
    }

    private BtfFile? ReadBtf()
    {
        ElfSection? section = _elf.FindSection(".BTF");
        if (section is null || section.Data.IsEmpty)
        {
            return null;
        }

        // Compilers leave sizes of sections and places of global variables to the loader; they stand in the ELF file. They are
        // written into a copy of the types, whose extents stay as they are.
        byte[] bytes = BtfFile.Read(section.Data, null, $"{_elf.Name} .BTF").WithByteOrder(bigEndian: false).Data.ToArray();
        BtfFile types = BtfFile.Read(bytes, null, $"{_elf.Name} .BTF");
        Dictionary<string, ElfSymbol> globals = [];
        HashSet<string> hidden = [];
        foreach (ElfSymbol symbol in _symbols)
        {
            if (symbol is { IsGlobal: true, SectionIndex: not ElfSymbol.Undefined, Name.Length: > 0 })
            {
                globals.TryAdd(symbol.Name, symbol);
                if (symbol.IsHidden)
                {
                    hidden.Add(symbol.Name);
                }
            }
        }

        for (int id = 1; id < types.Count; id++)
        {
            BtfType type = types[id];
            BtfKind kind = type.Kind;
            if (kind == BtfKind.Function && hidden.Count > 0 && hidden.Contains(type.Name))
            {
                // Global for the compiler only: the kernel must not verify it on its own.
                uint info = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(type.Offset + 4));
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(type.Offset + 4), info & ~0xffffu);
            }
            else if (kind == BtfKind.DataSection && _elf.FindSection(type.Name) is { } target && target.Size <= int.MaxValue)
            {
                FillSection(types, type, target, globals, bytes);
            }
        }

        if (hidden.Count > 0)
        {
            // After the sections, which go by what the compiler said of visibility.
            for (int id = 1; id < types.Count; id++)
            {
                if (types[id] is { Kind: BtfKind.Variable } variable && hidden.Contains(variable.Name))
                {
                    BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(variable.Payload), (uint)BtfLinkage.Static);
                }
            }
        }

        return types;
    }

    /// <summary>Writes a section's size and where its variables stand.</summary>
    private static void FillSection(BtfFile types, BtfType type, ElfSection section, Dictionary<string, ElfSymbol> globals, byte[] bytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(type.Offset + 8), (uint)section.Size);
        bool isSorted = true;
        uint previous = 0;
        for (int i = 0; i < type.Count; i++)
        {
            BtfType variable = types[type.Variables[i].TypeId];
            int place = type.Payload + (12 * i) + 4;
            if (variable.Kind == BtfKind.Variable && variable.Linkage != BtfLinkage.Static
                && globals.TryGetValue(variable.Name, out ElfSymbol? symbol) && symbol.SectionIndex == section.Index)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(place), (uint)symbol.Value);
            }

            uint offset = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(place));
            isSorted &= offset >= previous;
            previous = offset;
        }

        if (!isSorted)
        {
            SortVariables(bytes.AsSpan(type.Payload, 12 * type.Count));
        }
    }

    // The kernel wants the variables of a section by ascending offset.
    private static void SortVariables(Span<byte> entries)
    {
        List<(uint Type, uint Offset, uint Size)> variables = [];
        for (int at = 0; at < entries.Length; at += 12)
        {
            variables.Add((
                BinaryPrimitives.ReadUInt32LittleEndian(entries[at..]),
                BinaryPrimitives.ReadUInt32LittleEndian(entries[(at + 4)..]),
                BinaryPrimitives.ReadUInt32LittleEndian(entries[(at + 8)..])));
        }

        int place = 0;
        foreach ((uint type, uint offset, uint size) in variables.OrderBy(v => v.Offset))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(entries[place..], type);
            BinaryPrimitives.WriteUInt32LittleEndian(entries[(place + 4)..], offset);
            BinaryPrimitives.WriteUInt32LittleEndian(entries[(place + 8)..], size);
            place += 12;
        }
    }

    private void ReadNumbers()
    {
        if (_elf.FindSection("license") is { } license)
        {
            ReadOnlySpan<byte> text = license.Data.Span;
            int end = text.IndexOf((byte)0);
            _object.License = Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
        }

        if (_elf.FindSection("version") is { Data.Length: >= 4 } version)
        {
            _object.KernelVersion = _elf.U32(version.Data.Span);
        }
    }

    private void ReadMaps()
    {
        foreach (ElfSection section in _elf.Sections)
        {
            if (LegacyMapReader.IsMapSection(section.Name) && !section.Data.IsEmpty)
            {
                foreach ((ulong offset, MapSpec map) in
                    _legacyMaps.Read(section, _symbols.Where(s => s.SectionIndex == section.Index)))
                {
                    AddMap(map, section.Index, offset);
                }
            }
            else if (section.Name == ".maps" && section.Size > 0)
            {
                ReadBtfMaps(section);
            }
        }
    }

    private void ReadBtfMaps(ElfSection section)
    {
        int id = _btf?.Find(".maps", BtfKind.DataSection) ?? 0;
        if (_btf is null || id == 0)
        {
            throw Refusal.Object(
                _elf.Name, "section .maps has no BTF, which holds the maps' definitions", "compile with -g, and do not strip .BTF");
        }

        foreach (BtfSectionVariable variable in _btf[id].Variables)
        {
            BtfType declaration = _btf[variable.TypeId];
            if (declaration.Kind != BtfKind.Variable || declaration.Name.Length == 0)
            {
                throw Refusal.Object(_elf.Name, $"section .maps holds {declaration}", "declare maps as named variables");
            }

            if ((ulong)(uint)variable.ByteOffset + (uint)variable.Size > (ulong)section.Data.Length)
            {
                throw Refusal.Map(declaration.Name, $"it reaches beyond section '{section}'", "build the object again");
            }

            MapSpec map = BtfMapReader.Read(_btf, declaration.Name, declaration.TypeId, out int valuesAt);
            AddMap(map, section.Index, (ulong)(uint)variable.ByteOffset);
            if (valuesAt >= 0)
            {
                _valueLists.Add((map, section.Index, (ulong)((long)(uint)variable.ByteOffset + valuesAt)));
            }
        }
    }

    private void AddMap(MapSpec map, int section, ulong offset)
    {
        if (_object.Maps.Any(other => other.Name == map.Name))
        {
            throw Refusal.Map(map.Name, "two maps have this name", "rename one of them");
        }

        _mapByPlace[(section, offset)] = _object.Maps.Count;
        _object.Maps.Add(map);
    }

    private void AddPrograms(CodeReader code)
    {
        List<CodeFunction> entries = [.. code.Functions.Where(f => f.Section.Name != TextSection && (f.IsGlobal || !f.IsCalled))];
        if (entries.Count == 0)
        {
            // Nothing but .text: its only function is the program, else those that nobody calls are.
            entries = code.Functions.Count == 1
                ? [code.Functions[0]] : [.. code.Functions.Where(f => f.IsGlobal && !f.IsCalled)];
        }

        ProgramLinker linker = new(_btf, code);
        foreach (CodeFunction entry in entries)
        {
            ProgramSpec program = linker.Link(entry);
            bool isMeant = SectionTable.TryMatchLoosely(entry.Section.Name, out SectionInfo row);
            program.AutoLoad = !entry.Section.Name.StartsWith('?');
            if (isMeant)
            {
                program.Type = row.Type;
                program.AttachType = row.AttachType;
                program.AttachTarget = SectionTable.Target(entry.Section.Name, row);
                program.Flags = (row.Traits.HasFlag(SectionTraits.Sleepable) ? ProgramFlags.Sleepable : 0)
                    | (row.Traits.HasFlag(SectionTraits.XdpFrags) ? ProgramFlags.XdpHasFrags : 0);
            }

            _object.Programs.Add(program);
        }
    }

    /// <summary>Initial values of maps of maps and program arrays: relocations of section <c>.maps</c>.</summary>
    private void FillSlots(CodeReader code)
    {
        foreach ((int section, ElfRelocation relocation) in _elf.Sections
            .Where(s => s.Type is ElfSectionType.Relocations or ElfSectionType.RelocationsWithAddend)
            .Where(s => s.Info < _elf.Sections.Count && _elf.Sections[(int)s.Info].Name == ".maps")
            .SelectMany(s => _elf.ReadRelocations(s).Select(r => ((int)s.Info, r))))
        {
            // The list that starts last before the place; lists stand at the end of their map.
            MapSpec? map = null;
            ulong start = 0;
            foreach ((MapSpec candidate, int of, ulong at) in _valueLists)
            {
                if (of == section && at <= relocation.Offset && (map is null || at > start))
                {
                    (map, start) = (candidate, at);
                }
            }

            if (map is null || (relocation.Offset - start) % 8 != 0 || (relocation.Offset - start) / 8 > uint.MaxValue)
            {
                throw Refusal.Relocation(
                    $".maps+{relocation.Offset}", "an address is stored where no map lists values", "use __array(values, …)");
            }

            ElfSymbol symbol = Symbol(relocation, ".maps");
            uint index = (uint)((relocation.Offset - start) / 8);
            string target;
            if (map.Type == MapType.ProgramArray)
            {
                target = code.StartingAt(symbol.SectionIndex, (long)(symbol.Value / 8))?.Name
                    ?? throw Refusal.Map(map.Name, $"its slot {index} holds '{symbol.Name}', which is no program", "name a program");
            }
            else
            {
                target = _mapByPlace.TryGetValue((symbol.SectionIndex, symbol.Value), out int inner)
                    ? _object.Maps[inner].Name
                    : throw Refusal.Map(map.Name, $"its slot {index} holds '{symbol.Name}', which is no map", "name a map");
            }

            map.InitialSlots.Add(new MapSlot(index, target));
        }
    }

    private ElfSymbol Symbol(ElfRelocation relocation, string where) => relocation.Symbol < _symbols.Count
        ? _symbols[relocation.Symbol]
        : throw Refusal.Relocation(
            $"{where}+{relocation.Offset}", $"it names symbol {relocation.Symbol} of {_symbols.Count}", "build the object again");
}
