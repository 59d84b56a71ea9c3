using BpfSharp.Btf;
using BpfSharp.Elf;
using BpfSharp.Maps;
using BpfSharp.Objects.Reading;

namespace BpfSharp.Objects.Writing;

internal sealed partial class ObjectWriter
{
    private const string MapsSection = ".maps";
    private const int MaxMapsBytes = 64 << 20;

    private void WriteMaps()
    {
        MapSpec[] maps = [.. _object.Maps.Where(m => m.Role == MapRole.User)];
        if (maps.Length == 0)
        {
            return;
        }

        Dictionary<string, (int TypeId, int Size)> known = [];
        int sectionId = _source?.Find(MapsSection, BtfKind.DataSection) ?? 0;
        if (sectionId != 0)
        {
            foreach (BtfSectionVariable variable in _source![sectionId].Variables)
            {
                known.TryAdd(_source[variable.TypeId].Name, (variable.TypeId, variable.Size));
            }
        }

        List<(MapSpec Map, int TypeId, int Offset, int Size, int ValuesAt)> placed = [];
        int end = 0;
        foreach (MapSpec map in maps)
        {
            (int variable, int size, int valuesAt) = known.TryGetValue(map.Name, out (int TypeId, int Size) declared)
                && IsDeclaredBy(map, declared.TypeId, out int at)
                ? (declared.TypeId, declared.Size, at) : Declare(map);
            if (map.InitialSlots.Count > 0)
            {
                long slots = map.InitialSlots.Max(s => s.Index) + 1L;
                if (slots > 1 << 20)
                {
                    throw CannotWrite($"map '{map.Name}'", $"{slots} slots are listed", "fill so many at run time");
                }

                size = Math.Max(size, valuesAt + (8 * (int)slots));
            }

            if (size < 0 || (long)end + size > MaxMapsBytes)
            {
                throw CannotWrite($"map '{map.Name}'", "the definitions of all maps together are too big", "list fewer slots");
            }

            placed.Add((map, variable, end, size, valuesAt));
            end = (end + size + 7) & ~7;
        }

        int section = _elf.AddSection(
            MapsSection, ElfSectionType.ProgramBits, ElfSectionFlags.Allocate | ElfSectionFlags.Write, new byte[end], 8);
        if (sectionId != 0)
        {
            _btf!.ClearSectionVariables(sectionId);
            _btf.SetSize(sectionId, end);
        }
        else
        {
            sectionId = _btf!.AddDataSection(MapsSection, end);
        }

        foreach ((MapSpec map, int variable, int offset, int size, _) in placed)
        {
            _btf.AddSectionVariable(sectionId, variable, offset, size);
            _mapSymbols.Add(map.Name, _elf.AddSymbol(
                map.Name, ElfSymbolType.Object, ElfSymbolBinding.Global, section, (ulong)offset, (ulong)size));
        }

        foreach ((MapSpec map, _, int offset, _, int valuesAt) in placed)
        {
            foreach (MapSlot slot in map.InitialSlots)
            {
                int symbol = map.Type == MapType.ProgramArray
                    ? _programs.FirstOrDefault(p => p.Name == slot.Target) is { } program
                        ? _functions.Entry(program).Symbol : -1
                    : _mapSymbols.GetValueOrDefault(slot.Target, -1);
                if (symbol < 0)
                {
                    throw CannotWrite(
                        $"map '{map.Name}'", $"its slot {slot.Index} names '{slot.Target}', which the object has not", "add it");
                }

                _elf.AddRelocation(section, offset + valuesAt + (8 * (int)slot.Index), BpfRelocationType.Absolute64, symbol);
            }
        }
    }

    /// <summary>Whether a variable of the object's types already says exactly what the map is to be.</summary>
    private bool IsDeclaredBy(MapSpec map, int variableId, out int valuesAt)
    {
        BtfType variable = _source![variableId];
        valuesAt = -1;
        if (variable.Kind != BtfKind.Variable || variable.Linkage != BtfLinkage.Global)
        {
            return false;
        }

        MapSpec declared = BtfMapReader.Read(_source, map.Name, variable.TypeId, out valuesAt);
        return HaveEqualShape(declared, map) && (map.InitialSlots.Count == 0 || valuesAt >= 0);
    }

    private static bool HaveEqualShape(MapSpec a, MapSpec b) =>
        (a.Type, a.KeySize, a.ValueSize, a.MaxEntries, a.Flags, a.Extra, a.NumaNode, a.Pinning, a.KeyTypeId, a.ValueTypeId)
        == (b.Type, b.KeySize, b.ValueSize, b.MaxEntries, b.Flags, b.Extra, b.NumaNode, b.Pinning, b.KeyTypeId, b.ValueTypeId)
        && (a.InnerMap is null) == (b.InnerMap is null)
        && (a.InnerMap is null || HaveEqualShape(a.InnerMap, b.InnerMap!));

    private (int VariableId, int Size, int ValuesAt) Declare(MapSpec map)
    {
        (int structId, int size, bool hasValues) = Define(map);
        return (_btf!.AddVariable(map.Name, structId, BtfLinkage.Global), size, hasValues ? size : -1);
    }

    private (int StructId, int Size, bool HasValues) Define(MapSpec map)
    {
        // Member types first: the structure's size depends on their number.
        List<(string Name, int TypeId)> members = [("type", Number((uint)map.Type))];
        bool hasInner = map.InnerMap is not null;
        bool listsPrograms = map.Type == MapType.ProgramArray && map.InitialSlots.Count > 0;
        AddSized("key", map.KeyTypeId, map.KeySize);
        if (!hasInner && !listsPrograms)
        {
            AddSized("value", map.ValueTypeId, map.ValueSize);
        }

        AddNumber("max_entries", map.MaxEntries);
        AddNumber("map_flags", (uint)map.Flags);
        AddNumber("numa_node", map.NumaNode);
        AddNumber("pinning", map.Pinning);
        if (map.Extra > uint.MaxValue)
        {
            int number = _btf!.AddEnum64("");
            _btf.AddEnumerator(number, $"__{map.Name}_map_extra", (long)map.Extra);
            members.Add(("map_extra", number));
        }
        else
        {
            AddNumber("map_extra", (uint)map.Extra);
        }

        int size = 8 * members.Count;
        int structId;
        if (hasInner || listsPrograms)
        {
            int target = hasInner
                ? Define(map.InnerMap!).StructId
                : _btf!.AddFunctionPrototype(IntType(), ("", _btf.AddPointer(0)));
            int values = _btf!.AddArray(_btf.AddPointer(target), IntType(), 0);
            structId = _btf.AddStruct("", size);
            AddMembers();
            _btf.AddMember(structId, "values", values, 8 * size);
        }
        else
        {
            structId = _btf!.AddStruct("", size);
            AddMembers();
        }

        return (structId, size, hasInner || listsPrograms);

        void AddMembers()
        {
            for (int i = 0; i < members.Count; i++)
            {
                _btf!.AddMember(structId, members[i].Name, members[i].TypeId, 64 * i);
            }
        }

        void AddSized(string name, int typeId, int bytes)
        {
            if (typeId != 0 && _source is not null && _source.Contains(typeId) && _source.SizeOf(typeId) == bytes)
            {
                members.Add((name, _btf!.AddPointer(typeId)));
            }
            else
            {
                AddNumber($"{name}_size", (uint)bytes);
            }
        }

        void AddNumber(string name, uint number)
        {
            if (number != 0)
            {
                members.Add((name, Number(number)));
            }
        }
    }

    private int Number(uint number) => _btf!.AddPointer(_btf.AddArray(IntType(), IntType(), number));
}
