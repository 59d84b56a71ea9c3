using BpfSharp.Btf;
using BpfSharp.Elf;
using BpfSharp.Maps;

namespace BpfSharp.Objects.Reading;

internal sealed partial class ObjectReader
{
    private readonly List<(MapSpec Map, int Section, int Offset)> _structOps = [];

    private static bool IsStructOps(string section) =>
        section is ".struct_ops" or ".struct_ops.link" or "?.struct_ops" or "?.struct_ops.link";

    private void ReadStructOps()
    {
        foreach (ElfSection section in _elf.Sections)
        {
            if (!IsStructOps(section.Name) || section.Size == 0)
            {
                continue;
            }

            int id = _btf?.Find(section.Name, BtfKind.DataSection) ?? 0;
            if (_btf is null || id == 0)
            {
                throw Refusal.StructOps(section.Name, "its variables have no BTF", "compile with -g, and do not strip .BTF");
            }

            byte[] contents = Contents(section);
            foreach (BtfSectionVariable variable in _btf[id].Variables)
            {
                BtfType declaration = _btf[variable.TypeId];
                BtfType type = _btf.SkipModifiers(declaration.TypeId);
                if (type.Kind != BtfKind.Struct || type.Name.Length == 0)
                {
                    throw Refusal.StructOps(declaration.Name, $"it is {type.Kind} '{type.Name}'", "declare a named struct");
                }

                if (variable.ByteOffset < 0 || type.Size < 0 || (long)variable.ByteOffset + type.Size > contents.Length)
                {
                    throw Refusal.StructOps(declaration.Name, "it reaches beyond its section", "build the object again");
                }

                MapSpec map = new()
                {
                    Name = declaration.Name,
                    Type = MapType.StructOps,
                    KeySize = 4,
                    ValueSize = type.Size,
                    MaxEntries = 1,
                    Role = MapRole.StructOps,
                    ValueTypeId = type.Id,
                    AutoCreate = !section.Name.StartsWith('?'),
                    Flags = section.Name.EndsWith(".link", StringComparison.Ordinal) ? MapFlags.Link : 0,
                    InitialData = contents.AsSpan(variable.ByteOffset, type.Size).ToArray(),
                };
                if (_elf.IsBigEndian)
                {
                    ByteOrder.ReverseValue(_btf, type.Id, map.InitialData);
                }

                AddMap(map, section.Index, (ulong)(uint)variable.ByteOffset);
                _structOps.Add((map, section.Index, variable.ByteOffset));
            }
        }
    }

    /// <summary>The functions of a structure: relocations of its section.</summary>
    private void FillStructOps(CodeReader code)
    {
        foreach (ElfSection table in _elf.Sections)
        {
            if (table.Type is not (ElfSectionType.Relocations or ElfSectionType.RelocationsWithAddend)
                || table.Info >= _elf.Sections.Count || !IsStructOps(_elf.Sections[(int)table.Info].Name))
            {
                continue;
            }

            foreach (ElfRelocation relocation in _elf.ReadRelocations(table).OrderBy(r => r.Offset))
            {
                (MapSpec? map, _, int start) = _structOps.FirstOrDefault(s => s.Section == (int)table.Info
                    && (ulong)s.Offset <= relocation.Offset && relocation.Offset < (ulong)(s.Offset + s.Map.ValueSize));
                ElfSymbol symbol = Symbol(relocation, _elf.Sections[(int)table.Info].Name);
                if (map is null)
                {
                    throw Refusal.StructOps(symbol.Name, $"byte {relocation.Offset} is in no structure", "build the object again");
                }

                int offset = (int)relocation.Offset - start;
                string? member = null;
                foreach (BtfMember candidate in _btf![map.ValueTypeId].Members)
                {
                    member = candidate.ByteOffset == offset ? candidate.Name : member;
                }

                CodeFunction? function = code.StartingAt(symbol.SectionIndex, (long)(symbol.Value / 8));
                if (member is null || function is null)
                {
                    throw Refusal.StructOps(
                        map.Name, $"byte {offset} refers to '{symbol.Name}', which is no program of a function member",
                        "name a program in a section struct_ops/…");
                }

                map.StructOpsPrograms.Add(new StructOpsMember(offset, member, function.Name));
            }
        }
    }
}
