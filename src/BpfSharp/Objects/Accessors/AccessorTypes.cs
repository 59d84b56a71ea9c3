using BpfSharp.Btf;

namespace BpfSharp.Objects;

/// <summary>The C# types of an object's keys, values and variables, each of exactly the bytes it has in the object.</summary>
internal sealed class AccessorTypes
{
    // Above this the runtime refuses a value type, and it would not fit a stack either.
    private const int MaxValueBytes = 1 << 19;

    private static readonly HashSet<string> s_primitives = new(StringComparer.Ordinal)
    {
        "bool", "byte", "sbyte", "short", "ushort", "int", "uint", "long", "ulong", "float", "double",
    };

    private readonly BtfFile? _btf;
    private readonly BtfCSharpText _text;
    private readonly string _prefix;

    internal AccessorTypes(BtfFile? btf, string typesNamespace, bool isPublic)
    {
        _btf = btf;
        _text = new BtfCSharpText(btf, isPublic);
        _prefix = $"global::{typesNamespace}.";
    }

    /// <summary>The types named so far as C# code.</summary>
    internal string Finish() => _text.Finish();

    /// <summary>A type of some bytes, or <see langword="null"/> if none can have them.</summary>
    /// <param name="typeId">Type in the object; 0 if unknown.</param>
    /// <param name="size">Bytes it must have.</param>
    /// <param name="wish">Name for one without any.</param>
    internal string? Find(int typeId, int size, string wish)
    {
        if (size is <= 0 or > MaxValueBytes)
        {
            return null;
        }

        if (!IsKnown(typeId, size))
        {
            return size switch
            {
                1 => "byte",
                2 => "ushort",
                4 => "uint",
                8 => "ulong",
                _ => Qualify(_text.ArrayType("byte", (ulong)size, $"Bytes{size}")),
            };
        }

        if (_btf!.SkipModifiers(typeId).Kind != BtfKind.Array)
        {
            return Qualify(_text.TypeName(typeId, wish));
        }

        (string element, int count) = Elements(typeId, size, wish);
        return Qualify(_text.ArrayType(element, (ulong)count, $"{wish}Array"));
    }

    /// <summary>The element type and count of an array variable; <see langword="null"/> if it is none.</summary>
    internal (string Element, int Count)? FindArray(int typeId, int size, string wish)
    {
        if (_btf is null || typeId == 0 || size <= 0 || _btf.SkipModifiers(typeId).Kind != BtfKind.Array)
        {
            // Whatever is too big, or unknown and no number, is bytes.
            return size > MaxValueBytes || (!IsKnown(typeId, size) && size is not (1 or 2 or 4 or 8)) ? ("byte", size) : null;
        }

        (string element, int count) = Elements(typeId, size, wish);
        return (Qualify(element), count);
    }

    /// <summary>Makes sure that a type is written.</summary>
    internal void Add(BtfType type) => _text.TypeName(type.Id, type.Name);

    private bool IsKnown(int typeId, int size) => _btf is not null && typeId != 0
        && _btf.TrySizeOf(typeId, out int known) && known == size
        && _btf.SkipModifiers(typeId) is not { Kind: BtfKind.Float, Size: not (4 or 8) }
        && _btf.SkipModifiers(typeId) is not { Kind: BtfKind.Int, Size: not (1 or 2 or 4 or 8 or 16) };

    // Arrays of arrays are one array. The last dimension may be open: then the size says how many there are.
    private (string Element, int Count) Elements(int typeId, int size, string wish)
    {
        int element = typeId;
        for (int depth = 0; _btf!.SkipModifiers(element) is { Kind: BtfKind.Array } array && depth < 32; depth++)
        {
            element = array.TypeId;
        }

        int each = _btf.SizeOf(element);
        return each > 0 && each <= MaxValueBytes && size % each == 0 && IsKnown(element, each)
            ? (_text.TypeName(element, wish + "Element"), size / each)
            : ("byte", size);
    }

    private string Qualify(string name) =>
        s_primitives.Contains(name) || name.StartsWith("global::", StringComparison.Ordinal) ? name : _prefix + name;
}
