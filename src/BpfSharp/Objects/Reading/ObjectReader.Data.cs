using System.Buffers.Binary;
using BpfSharp.Btf;
using BpfSharp.Elf;
using BpfSharp.Maps;

namespace BpfSharp.Objects.Reading;

internal sealed partial class ObjectReader
{
    // A file of a few bytes may ask for any amount of zeros.
    private const ulong MaxSectionBytes = 64 << 20;

    private void ReadDataSections()
    {
        foreach (ElfSection section in _elf.Sections)
        {
            if (RoleOf(section) is { } role && section.Size > 0)
            {
                AddDataSection(section, role);
            }
        }

        foreach (ElfSection section in _elf.Sections)
        {
            if (section.Name == ArenaSection && section.Size > 0)
            {
                int arena = -1;
                for (int i = 0; i < _object.Maps.Count; i++)
                {
                    arena = _object.Maps[i].Type == MapType.Arena ? i : arena;
                }

                if (arena < 0)
                {
                    throw Refusal.Object(_elf.Name, "variables are placed in an arena, but no arena is declared", "declare one");
                }

                _object.Maps[arena].InitialData = Contents(section);
                _mapBySection[section.Index] = arena;
                AddGlobals(section, _object.Maps[arena]);
            }
        }
    }

    private static MapRole? RoleOf(ElfSection section) => section.Type switch
    {
        ElfSectionType.ProgramBits when section.Flags.HasFlag(ElfSectionFlags.Execute) => null,
        ElfSectionType.ProgramBits when Is(section, ".data") => MapRole.Data,
        ElfSectionType.ProgramBits when Is(section, ".rodata") => MapRole.ReadOnlyData,
        ElfSectionType.ProgramBits or ElfSectionType.NoBits when Is(section, ".bss") => MapRole.Bss,
        ElfSectionType.Null or ElfSectionType.ProgramBits or ElfSectionType.SymbolTable or ElfSectionType.StringTable
            or ElfSectionType.RelocationsWithAddend or ElfSectionType.Note or ElfSectionType.NoBits
            or ElfSectionType.Relocations or ElfSectionType.DynamicSymbols => null,
        _ => null,
    };

    private static bool Is(ElfSection section, string prefix) =>
        section.Name.StartsWith(prefix, StringComparison.Ordinal)
        && (section.Name.Length == prefix.Length || section.Name[prefix.Length] == '.');

    private void AddDataSection(ElfSection section, MapRole role)
    {
        int typeId = _btf?.Find(section.Name, BtfKind.DataSection) ?? 0;
        MapSpec map = new()
        {
            Name = section.Name,
            Type = MapType.Array,
            KeySize = 4,
            ValueSize = (int)Math.Min(section.Size, int.MaxValue),
            MaxEntries = 1,
            Role = role,
            ValueTypeId = typeId,
            InitialData = Contents(section),
            Flags = (role == MapRole.ReadOnlyData ? MapFlags.ReadOnlyProgram : 0) | (IsShared(typeId) ? MapFlags.Mmapable : 0),
        };
        _mapBySection[section.Index] = _object.Maps.Count;
        AddMap(map, section.Index, ulong.MaxValue);
        AddGlobals(section, map);
        if (_elf.IsBigEndian && typeId != 0)
        {
            ByteOrder.ReverseSection(_btf!, typeId, map.InitialData);
        }
    }

    private byte[] Contents(ElfSection section)
    {
        if (section.Size > MaxSectionBytes)
        {
            throw Refusal.Object(
                _elf.Name, $"section '{section}' has {section.Size} bytes; {MaxSectionBytes} are allowed", "use a map for big data");
        }

        byte[] contents = new byte[(int)section.Size];
        section.Data.Span.CopyTo(contents);
        return contents;
    }

    /// <summary>Whether user space may map it: only if a variable in it is seen from outside.</summary>
    private bool IsShared(int sectionTypeId)
    {
        if (sectionTypeId == 0)
        {
            return false;
        }

        foreach (BtfSectionVariable variable in _btf![sectionTypeId].Variables)
        {
            if (_btf[variable.TypeId] is { Kind: BtfKind.Variable, Linkage: not BtfLinkage.Static })
            {
                return true;
            }
        }

        return false;
    }

    private void AddGlobals(ElfSection section, MapSpec map)
    {
        int typeId = _btf?.Find(section.Name, BtfKind.DataSection) ?? 0;
        if (typeId != 0)
        {
            foreach (BtfSectionVariable variable in _btf![typeId].Variables)
            {
                BtfType declaration = _btf[variable.TypeId];
                AddGlobal(declaration.Name, map, (uint)variable.ByteOffset, (uint)variable.Size, declaration.TypeId);
            }

            return;
        }

        foreach (ElfSymbol symbol in _symbols)
        {
            if (symbol.SectionIndex == section.Index && symbol.Type == ElfSymbolType.Object)
            {
                AddGlobal(symbol.Name, map, symbol.Value, symbol.Size, 0);
            }
        }
    }

    private void AddGlobal(string name, MapSpec map, ulong offset, ulong size, int typeId)
    {
        ulong length = (ulong)map.InitialData.Length;
        if (offset > length || size > length - offset)
        {
            throw Refusal.Object(
                _elf.Name, $"variable '{name}' takes bytes {offset} to {offset + size} of '{map.Name}', which has {length}",
                "build the object again");
        }

        if (name.Length > 0 && !_globalNames.Contains(name))
        {
            _globalNames.Add(name);
            _object.Globals.Add(new GlobalVariable(name, map, (int)offset, (int)size, typeId));
        }
    }

    private readonly HashSet<string> _globalNames = [];

    /// <summary>Addresses in data sections, kept for hosts that can fill them.</summary>
    private void ReadAddresses(CodeReader code)
    {
        foreach (ElfSection table in _elf.Sections)
        {
            if (table.Type is not (ElfSectionType.Relocations or ElfSectionType.RelocationsWithAddend)
                || !_mapBySection.TryGetValue((int)Math.Min(table.Info, int.MaxValue), out int index))
            {
                continue;
            }

            MapSpec map = _object.Maps[index];
            foreach (ElfRelocation relocation in _elf.ReadRelocations(table).OrderBy(r => r.Offset))
            {
                ElfSymbol symbol = Symbol(relocation, map.Name);
                if (relocation.Type != BpfRelocationType.Absolute64 || map.InitialData.Length < 8
                    || relocation.Offset > (ulong)map.InitialData.Length - 8)
                {
                    continue;
                }

                Span<byte> place = map.InitialData.AsSpan((int)relocation.Offset, 8);
                ulong inPlace = _elf.Sections[(int)table.Info].Data.IsEmpty
                    ? 0 : _elf.U64(_elf.Sections[(int)table.Info].Data.Span[(int)relocation.Offset..]);
                long target = (long)(symbol.Value + inPlace) + relocation.Addend;
                string? name = _mapBySection.TryGetValue(symbol.SectionIndex, out int data) ? _object.Maps[data].Name
                    : _mapByPlace.TryGetValue((symbol.SectionIndex, (ulong)target), out int declared) ? _object.Maps[declared].Name
                    : code.StartingAt(symbol.SectionIndex, target / 8)?.Name;
                if (name is not null && target is >= 0 and <= int.MaxValue)
                {
                    bool isPlace = _mapBySection.ContainsKey(symbol.SectionIndex);
                    map.InitialAddresses.Add(new((int)relocation.Offset, name, isPlace ? (int)target : 0));
                    BinaryPrimitives.WriteUInt64LittleEndian(place, 0);
                }
            }
        }
    }
}
