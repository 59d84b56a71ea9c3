using System.Globalization;
using System.Text;
using BpfSharp.Elf;
using BpfSharp.Maps;

namespace BpfSharp.Objects.Reading;

/// <summary>
/// Reads maps of the <c>maps</c> section: a structure of numbers each. Its length says which loader's it is: five numbers are
/// common to all, longer ones add fields.
/// </summary>
internal sealed class LegacyMapReader(ElfFile elf)
{
    private const int CommonLength = 20;
    private const int WithIdLength = 24;
    private const int WithIdAndPlaceLength = 28;
    private const int IpRouteLength = 36;
    private const int WithNamespaceLength = 280;

    // iproute2 refers from map to map, and from a section's name to a map, by numbers.
    private readonly List<(MapSpec Map, uint Id, uint InnerId, uint InnerIndex)> _numbered = [];

    // The kernel's own samples refer to inner maps by position among all maps.
    private readonly List<(MapSpec Map, uint InnerPosition)> _positioned = [];
    private readonly List<MapSpec> _all = [];

    internal static bool IsMapSection(string name) =>
        name == "maps" || name.StartsWith("maps/", StringComparison.Ordinal);

    /// <summary>Reads the maps of a section; they come with their offsets in it.</summary>
    internal IEnumerable<(ulong Offset, MapSpec Map)> Read(ElfSection section, IEnumerable<ElfSymbol> symbols)
    {
        ElfSymbol[] maps = [.. symbols
            .Where(s => s.Type is ElfSymbolType.Object or ElfSymbolType.None && s.Name.Length > 0)
            .OrderBy(s => s.Value)];
        for (int i = 0; i < maps.Length; i++)
        {
            ulong end = i + 1 < maps.Length ? maps[i + 1].Value : (ulong)section.Data.Length;
            ulong length = maps[i].Size > 0 ? maps[i].Size : end - Math.Min(end, maps[i].Value);
            if (maps[i].Value > (ulong)section.Data.Length || length > (ulong)section.Data.Length - maps[i].Value)
            {
                throw Refusal.Map(maps[i].Name, $"it reaches beyond section '{section}'", "build the object again");
            }

            yield return (maps[i].Value, ReadMap(maps[i].Name, section.Data.Span.Slice((int)maps[i].Value, (int)length)));
        }
    }

    /// <summary>Fills inner maps and slots that refer to maps by number; call it when all maps are read.</summary>
    internal void ResolveNumbers(IEnumerable<ProgramSpec> programs)
    {
        foreach ((MapSpec outer, uint position) in _positioned)
        {
            if (position >= (uint)_all.Count || ReferenceEquals(_all[(int)position], outer))
            {
                throw Refusal.Map(
                    outer.Name, $"its inner map is number {position} of {_all.Count} maps",
                    "give inner_map_idx the position of another map of this object, from 0");
            }

            outer.InnerMap ??= CopyShape(_all[(int)position], outer.Name);
        }

        foreach ((MapSpec outer, _, uint innerId, _) in _numbered)
        {
            if (outer.Type is not (MapType.ArrayOfMaps or MapType.HashOfMaps) || innerId == 0)
            {
                continue;
            }

            foreach ((MapSpec inner, uint id, _, uint innerIndex) in _numbered)
            {
                if (id == innerId && !ReferenceEquals(inner, outer))
                {
                    outer.InnerMap ??= CopyShape(inner, outer.Name);
                    if (innerIndex != uint.MaxValue)
                    {
                        outer.InitialSlots.Add(new MapSlot(innerIndex, inner.Name));
                    }
                }
            }

            if (outer.InnerMap is null)
            {
                throw Refusal.Map(outer.Name, $"its inner map has the id {innerId}, which no map has", "give a map that id");
            }
        }

        // A section "3/7" means slot 7 of the program array with the id 3.
        foreach (ProgramSpec program in programs)
        {
            string[] parts = program.Section.Split('/');
            if (parts.Length == 2 && TryNumber(parts[0], out uint id) && TryNumber(parts[1], out uint slot)
                && _numbered.FirstOrDefault(n => n.Id == id && n.Map.Type == MapType.ProgramArray).Map is { } array)
            {
                array.InitialSlots.Add(new MapSlot(slot, program.Name));
            }
        }
    }

    // Decimal or 0x…, as iproute2 reads them.
    private static bool TryNumber(string text, out uint number) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
        : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static MapSpec CopyShape(MapSpec inner, string outer)
    {
        MapSpec shape = inner.Clone();
        shape.Name = $"{outer}.inner";
        shape.Pinning = 0;
        shape.InitialSlots.Clear();
        return shape;
    }

    private MapSpec ReadMap(string name, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < CommonLength)
        {
            throw Refusal.Map(
                name, $"its definition has {bytes.Length} bytes; type, key size, value size, number of elements and flags take 20",
                "use a BTF definition in section .maps");
        }

        MapSpec map = new()
        {
            Name = name,
            Type = (MapType)Word(bytes, 0),
            KeySize = Size(name, Word(bytes, 1)),
            ValueSize = Size(name, Word(bytes, 2)),
            MaxEntries = Word(bytes, 3),
            Flags = (MapFlags)Word(bytes, 4),
        };
        int read = CommonLength;
        switch (bytes.Length)
        {
            case IpRouteLength:
                map.Pinning = Word(bytes, 6);
                _numbered.Add((map, Word(bytes, 5), Word(bytes, 7), Word(bytes, 8)));
                read = IpRouteLength;
                break;
            case WithIdLength or WithIdAndPlaceLength when map.Type is MapType.ArrayOfMaps or MapType.HashOfMaps:
                // The form of the kernel's samples: inner_map_idx, numa_node.
                _positioned.Add((map, Word(bytes, 5)));
                map.NumaNode = bytes.Length == WithIdLength ? 0 : Word(bytes, 6);
                read = bytes.Length;
                break;
            case WithIdLength or WithIdAndPlaceLength:
                // The first fields of iproute2's form: id, pinning. With the flag of a NUMA node the last word is that.
                _numbered.Add((map, Word(bytes, 5), 0, uint.MaxValue));
                if (bytes.Length == WithIdAndPlaceLength)
                {
                    bool isNode = (map.Flags & MapFlags.NumaNode) != 0;
                    map.NumaNode = isNode ? Word(bytes, 6) : map.NumaNode;
                    map.Pinning = isNode ? 0 : Word(bytes, 6);
                }

                read = bytes.Length;
                break;
            case WithNamespaceLength:
                map.Pinning = Word(bytes, 5);
                ReadOnlySpan<byte> path = bytes[24..];
                int end = path.IndexOf((byte)0);
                map.PinPath = end == 0 ? null : Encoding.UTF8.GetString(end < 0 ? path : path[..end]);
                read = WithNamespaceLength;
                break;
            default:
                break;
        }

        // What a longer structure adds and we do not know is harmless only if it is 0.
        int extra = bytes[read..].IndexOfAnyExcept((byte)0);
        _all.Add(map);
        return extra < 0
            ? map
            : throw Refusal.Map(
                name, $"its definition has {bytes.Length} bytes and byte {read + extra} is not 0; only the first 20 are common to all",
                "use a BTF definition in section .maps");
    }

    private static int Size(string name, uint size) => size <= int.MaxValue
        ? (int)size : throw Refusal.Map(name, $"a size of {size} bytes", "sizes are 31-bit numbers");

    private uint Word(ReadOnlySpan<byte> bytes, int index) => elf.U32(bytes[(4 * index)..]);
}
