using System.Diagnostics.CodeAnalysis;
using BpfSharp.Btf;
using BpfSharp.Maps;

namespace BpfSharp.Objects.Reading;

/// <summary>Reads a map's definition from its BTF structure (section <c>.maps</c>).</summary>
internal static class BtfMapReader
{
    /// <summary>Reads a definition.</summary>
    /// <param name="btf">The object's types.</param>
    /// <param name="name">The map's name.</param>
    /// <param name="typeId">Type of the map's variable.</param>
    /// <param name="valuesAt">Byte offset of the initial values in the variable; -1 if there are none.</param>
    internal static MapSpec Read(BtfFile btf, string name, int typeId, out int valuesAt) =>
        Read(btf, name, btf.SkipModifiers(typeId), isInner: false, out valuesAt);

    private static MapSpec Read(BtfFile btf, string name, BtfType definition, bool isInner, out int valuesAt)
    {
        valuesAt = -1;
        if (definition.Kind != BtfKind.Struct)
        {
            throw Refusal.Map(
                name, $"it is defined by a {definition.Kind}, not a struct", "define it as struct { __uint(type, …); … }");
        }

        MapSpec map = new() { Name = name };
        foreach (BtfMember member in definition.Members)
        {
            switch (member.Name)
            {
                case "type":
                    map.Type = (MapType)Number(btf, name, member);
                    break;
                case "max_entries":
                    map.MaxEntries = Number(btf, name, member);
                    break;
                case "map_flags":
                    map.Flags = (MapFlags)Number(btf, name, member);
                    break;
                case "numa_node":
                    map.NumaNode = Number(btf, name, member);
                    break;
                case "map_extra":
                    map.Extra = LongNumber(btf, name, member);
                    break;
                case "pinning":
                    map.Pinning = Number(btf, name, member);
                    break;
                case "key_size":
                    map.KeySize = Agreed(name, "key", map.KeySize, Number(btf, name, member));
                    break;
                case "value_size":
                    map.ValueSize = Agreed(name, "value", map.ValueSize, Number(btf, name, member));
                    break;
                case "key":
                    map.KeyTypeId = Pointee(btf, name, member);
                    map.KeySize = Agreed(name, "key", map.KeySize, SizeOf(btf, name, "key", map.KeyTypeId));
                    break;
                case "value":
                    map.ValueTypeId = Pointee(btf, name, member);
                    map.ValueSize = Agreed(name, "value", map.ValueSize, SizeOf(btf, name, "value", map.ValueTypeId));
                    break;
                case "values" when !isInner:
                    valuesAt = member.ByteOffset;
                    map.ValueSize = Agreed(name, "value", map.ValueSize, 4);
                    map.InnerMap = Inner(btf, name, map.Type, member);
                    break;
                case "values":
                    throw Refusal.Map(name, "an inner map holds maps again", "use two levels of maps, the kernel allows no more");
                default:
                    throw Refusal.Map(
                        name,
                        $"unknown field '{member.Name}'",
                        "the fields are type, key, key_size, value, value_size, max_entries, map_flags, map_extra, numa_node, "
                        + "pinning and values");
            }
        }

        return map.Type != MapType.Unspecified
            ? map
            : throw Refusal.Map(name, "its type is not said", "add __uint(type, BPF_MAP_TYPE_…)");
    }

    private static MapSpec? Inner(BtfFile btf, string name, MapType type, BtfMember member)
    {
        BtfType array = btf.SkipModifiers(member.TypeId);
        BtfType pointer = btf.SkipModifiers(array.TypeId);
        BtfType target = btf.SkipModifiers(pointer.TypeId);
        if (array.Kind != BtfKind.Array || pointer.Kind != BtfKind.Pointer)
        {
            throw Refusal.Map(name, "'values' is no array of pointers", "declare it by __array(values, …)");
        }

        return type switch
        {
            MapType.ProgramArray when target.Kind == BtfKind.FunctionPrototype => null,
            MapType.ArrayOfMaps or MapType.HashOfMaps => Read(btf, $"{name}.inner", target, isInner: true, out _),
            _ => throw Refusal.Map(
                name, $"'values' of a {type} map points to a {target.Kind}",
                "values are maps in a map of maps, and functions in a program array; 'type' comes first"),
        };
    }

    private static int Agreed(string name, string what, int known, long size) =>
        size is < 0 or > int.MaxValue ? throw Refusal.Map(name, $"{what} size {size}", "sizes are 31-bit numbers")
        : known == 0 || known == size ? (int)size
        : throw Refusal.Map(name, $"its {what} is {known} bytes and {size} bytes", $"give the {what} once");

    private static int Pointee(BtfFile btf, string name, BtfMember member)
    {
        BtfType pointer = btf[member.TypeId];
        return pointer.Kind == BtfKind.Pointer
            ? pointer.TypeId
            : throw Refusal.Map(name, $"'{member.Name}' is no pointer", $"declare it by __type({member.Name}, …)");
    }

    private static int SizeOf(BtfFile btf, string name, string what, int typeId) => btf.TrySizeOf(typeId, out int size)
        ? size
        : throw Refusal.Map(name, $"the size of its {what} type is unknown", "include the type's definition");

    private static uint Number(BtfFile btf, string name, BtfMember member) => TryNumber(btf, member, out uint? number)
        ? number.Value
        : throw Refusal.Map(name, $"'{member.Name}' is no number", $"declare it by __uint({member.Name}, …)");

    // A number is written as the length of an array that the member points to.
    private static bool TryNumber(BtfFile btf, BtfMember member, [NotNullWhen(true)] out uint? number)
    {
        BtfType pointer = btf.SkipModifiers(member.TypeId);
        number = null;
        if (pointer.Kind == BtfKind.Pointer && btf[pointer.TypeId] is { Kind: BtfKind.Array } array)
        {
            number = array.ElementCount;
        }

        return number is not null;
    }

    private static ulong LongNumber(BtfFile btf, string name, BtfMember member)
    {
        // A 64-bit number is the only value of an enumeration.
        BtfType type = btf.SkipModifiers(member.TypeId);
        return !type.IsEnum ? Number(btf, name, member)
            : type.Enumerators.Count != 1
                ? throw Refusal.Map(name, $"'{member.Name}' has {type.Count} values", $"declare it by __ulong({member.Name}, …)")
            : type.Kind == BtfKind.Enum ? (uint)type.Enumerators[0].Value
            : (ulong)type.Enumerators[0].Value;
    }
}
