using System.Buffers.Binary;
using BpfSharp.Btf;
using BpfSharp.Elf;
using BpfSharp.Maps;

namespace BpfSharp.Objects.Writing;

internal sealed partial class ObjectWriter
{
    private void WriteDataSections()
    {
        List<(MapSpec Map, int Section, byte[] Data)> written = [];
        foreach (MapSpec map in _object.Maps)
        {
            bool isArena = map is { Role: MapRole.User, Type: MapType.Arena, InitialData.Length: > 0 };
            if (map.Role is not (MapRole.Data or MapRole.Bss or MapRole.ReadOnlyData) && !isArena)
            {
                continue;
            }

            string name = isArena ? ".addr_space.1" : map.Name;
            byte[] data = (byte[])map.InitialData.Clone();
            bool isZero = map.Role == MapRole.Bss;
            if (isZero && data.AsSpan().IndexOfAnyExcept((byte)0) >= 0)
            {
                throw CannotWrite($"section '{name}'", "it is zero-initialised by name, but its contents are not 0", "use .data");
            }

            ElfSectionFlags flags = ElfSectionFlags.Allocate | (map.Role == MapRole.ReadOnlyData ? 0 : ElfSectionFlags.Write);
            int section = _elf.AddSection(
                name, isZero ? ElfSectionType.NoBits : ElfSectionType.ProgramBits, flags, isZero ? [] : data, 8, (ulong)data.Length);
            int symbol = _elf.AddSymbol("", ElfSymbolType.Section, ElfSymbolBinding.Local, section, 0, 0);
            _dataSections.Add(map, (section, symbol));
            NameVariables(map, name, section);
            written.Add((map, section, data));
        }

        foreach ((MapSpec map, int section, byte[] data) in written)
        {
            foreach (DataAddress address in map.InitialAddresses)
            {
                MapSpec? target = _dataSections.Keys.FirstOrDefault(m => m.Name == address.Target);
                int symbol = target is not null ? _dataSections[target].Symbol
                    : _mapSymbols.TryGetValue(address.Target, out int declared) ? declared
                    : _programs.FirstOrDefault(p => p.Name == address.Target) is { } program ? _functions.Entry(program).Symbol
                    : _functions.Subprograms.FirstOrDefault(f => f.Name == address.Target)?.Symbol ?? -1;
                if (symbol >= 0 && map.Role != MapRole.Bss)
                {
                    BinaryPrimitives.WriteInt64LittleEndian(data.AsSpan(address.ByteOffset), address.TargetByteOffset);
                    _elf.AddRelocation(section, address.ByteOffset, BpfRelocationType.Absolute64, symbol);
                }
            }
        }
    }

    /// <summary>Loaders find global variables of the types by symbols, and everyone else needs them when there are no types.</summary>
    private void NameVariables(MapSpec map, string section, int index)
    {
        HashSet<string> named = [];
        int id = _source?.Find(section, BtfKind.DataSection) ?? 0;
        if (id != 0)
        {
            foreach (BtfSectionVariable variable in _source![id].Variables)
            {
                BtfType declaration = _source[variable.TypeId];
                named.Add(declaration.Name);
                if (declaration.Linkage != BtfLinkage.Static)
                {
                    _elf.AddSymbol(
                        declaration.Name, ElfSymbolType.Object, ElfSymbolBinding.Global, index, (uint)variable.ByteOffset,
                        (uint)variable.Size);
                }
            }

            _btf!.SetSize(id, map.InitialData.Length);
        }

        foreach (GlobalVariable global in _object.Globals.Where(g => ReferenceEquals(g.Map, map) && !named.Contains(g.Name)))
        {
            _elf.AddSymbol(
                global.Name, ElfSymbolType.Object, ElfSymbolBinding.Global, index, (ulong)global.ByteOffset, (ulong)global.Size);
        }
    }

    private void WriteStructOps()
    {
        foreach (IGrouping<string, MapSpec> group in _object.Maps.Where(m => m.Role == MapRole.StructOps).GroupBy(StructOpsSection))
        {
            int sectionId = _source?.Find(group.Key, BtfKind.DataSection) ?? 0;
            Dictionary<string, (int TypeId, int Size)> known = [];
            if (sectionId != 0)
            {
                foreach (BtfSectionVariable variable in _source![sectionId].Variables)
                {
                    known.TryAdd(_source[variable.TypeId].Name, (variable.TypeId, variable.Size));
                }

                _btf!.ClearSectionVariables(sectionId);
            }
            else
            {
                sectionId = _btf!.AddDataSection(group.Key, 0);
            }

            List<(MapSpec Map, int Offset)> placed = [];
            int end = 0;
            foreach (MapSpec map in group)
            {
                placed.Add((map, end));
                end = (end + map.InitialData.Length + 7) & ~7;
            }

            byte[] data = new byte[end];
            int section = _elf.AddSection(
                group.Key, ElfSectionType.ProgramBits, ElfSectionFlags.Allocate | ElfSectionFlags.Write, data, 8);
            _btf!.SetSize(sectionId, end);
            foreach ((MapSpec map, int offset) in placed)
            {
                map.InitialData.CopyTo(data.AsSpan(offset));
                int variable = known.TryGetValue(map.Name, out (int TypeId, int Size) declared)
                    ? declared.TypeId : _btf.AddVariable(map.Name, map.ValueTypeId, BtfLinkage.Global);
                _btf.AddSectionVariable(sectionId, variable, offset, map.InitialData.Length);
                _elf.AddSymbol(
                    map.Name, ElfSymbolType.Object, ElfSymbolBinding.Global, section, (ulong)offset, (ulong)map.InitialData.Length);
                foreach (StructOpsMember member in map.StructOpsPrograms)
                {
                    ProgramSpec program = _programs.FirstOrDefault(p => p.Name == member.Program)
                        ?? throw CannotWrite(
                            $"struct_ops '{map.Name}'", $"member '{member.Member}' names program '{member.Program}', which is not there",
                            "add the program");
                    _elf.AddRelocation(
                        section, offset + member.ByteOffset, BpfRelocationType.Absolute64, _functions.Entry(program).Symbol);
                }
            }
        }
    }

    private static string StructOpsSection(MapSpec map) =>
        (map.AutoCreate ? "" : "?") + (map.Flags.HasFlag(MapFlags.Link) ? ".struct_ops.link" : ".struct_ops");

    private void WriteExterns()
    {
        Dictionary<string, int> ksyms = Listed(".ksyms");
        foreach (ExternSpec external in _object.Externs)
        {
            AddExtern(external.Name, external.IsWeak);
            if (!ksyms.ContainsKey(external.Name) && external.BtfTypeId != 0)
            {
                int section = _ksymsSection != 0 ? _ksymsSection : _ksymsSection = _btf!.AddDataSection(".ksyms", 0);
                _btf!.AddSectionVariable(section, external.BtfTypeId, 0, 0);
            }
        }

        Dictionary<string, int> kconfig = Listed(".kconfig");
        foreach (KconfigSpec value in _object.Kconfig)
        {
            AddExtern(value.Name, value.IsWeak);
            if (!kconfig.ContainsKey(value.Name))
            {
                int section = _kconfigSection != 0 ? _kconfigSection : _kconfigSection = _btf!.AddDataSection(".kconfig", 0);
                _btf!.AddSectionVariable(section, _btf.AddVariable(value.Name, value.BtfTypeId, BtfLinkage.Extern), 0, value.Size);
            }
        }

        // Loaders want a symbol for everything these sections list.
        foreach (string name in ksyms.Keys.Concat(kconfig.Keys))
        {
            AddExtern(name, isWeak: false);
        }
    }

    private int _ksymsSection;
    private int _kconfigSection;

    private Dictionary<string, int> Listed(string section)
    {
        Dictionary<string, int> names = [];
        int id = _source?.Find(section, BtfKind.DataSection) ?? 0;
        if (id != 0)
        {
            (_ksymsSection, _kconfigSection) = section == ".ksyms" ? (id, _kconfigSection) : (_ksymsSection, id);
            foreach (BtfSectionVariable variable in _source![id].Variables)
            {
                names.TryAdd(_source[variable.TypeId].Name, variable.TypeId);
            }
        }

        return names;
    }

    private void AddExtern(string name, bool isWeak)
    {
        if (!_externSymbols.ContainsKey(name))
        {
            _externSymbols.Add(name, _elf.AddSymbol(
                name, ElfSymbolType.None, isWeak ? ElfSymbolBinding.Weak : ElfSymbolBinding.Global, ElfSymbol.Undefined, 0, 0));
        }
    }
}
