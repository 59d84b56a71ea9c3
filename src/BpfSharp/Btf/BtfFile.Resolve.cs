namespace BpfSharp.Btf;

public sealed partial class BtfFile
{
    // The kernel's own limit for chains of references: longer ones are loops.
    private const int MaxDepth = 32;

    /// <summary>The type behind typedefs, qualifiers and type tags.</summary>
    /// <param name="id">A type id.</param>
    /// <exception cref="Diagnostics.ObjectFormatException">An id is out of range, or the references go in a circle.</exception>
    public BtfType SkipModifiers(int id)
    {
        BtfType type = this[id];
        for (int depth = 0; type.IsModifier; depth++)
        {
            if (depth == MaxDepth)
            {
                throw Malformed($"type {id} refers to itself, or through more than {MaxDepth} types");
            }

            type = this[type.TypeId];
        }

        return type;
    }

    /// <summary>The type behind qualifiers and type tags; typedefs are kept.</summary>
    /// <param name="id">A type id.</param>
    /// <exception cref="Diagnostics.ObjectFormatException">An id is out of range, or the references go in a circle.</exception>
    public BtfType SkipQualifiers(int id)
    {
        BtfType type = this[id];
        for (int depth = 0; type.IsModifier && type.Kind != BtfKind.Typedef; depth++)
        {
            if (depth == MaxDepth)
            {
                throw Malformed($"type {id} refers to itself, or through more than {MaxDepth} types");
            }

            type = this[type.TypeId];
        }

        return type;
    }

    /// <summary>Bytes a type takes.</summary>
    /// <param name="id">A type id.</param>
    /// <param name="size">Its size, when the method returns <see langword="true"/>.</param>
    /// <returns><see langword="false"/> for void, functions, forward declarations, and sizes above 2^31 - 1.</returns>
    /// <exception cref="Diagnostics.ObjectFormatException">An id is out of range, or the references go in a circle.</exception>
    public bool TrySizeOf(int id, out int size)
    {
        ulong elements = 1;
        size = 0;
        for (int depth = 0; depth < MaxDepth; depth++)
        {
            BtfType type = SkipModifiers(id);
            switch (type.Kind)
            {
                case BtfKind.Int:
                case BtfKind.Struct:
                case BtfKind.Union:
                case BtfKind.Enum:
                case BtfKind.Enum64:
                case BtfKind.Float:
                case BtfKind.DataSection:
                    return Multiply(elements, (uint)type.Size, out size);
                case BtfKind.Pointer:
                    return Multiply(elements, 8, out size);
                case BtfKind.Array:
                    elements *= type.ElementCount;
                    if (elements > int.MaxValue)
                    {
                        return false;
                    }

                    id = type.TypeId;
                    continue;
                case BtfKind.Variable:
                    id = type.TypeId;
                    continue;
                case BtfKind.Void:
                case BtfKind.Forward:
                case BtfKind.Typedef:
                case BtfKind.Volatile:
                case BtfKind.Const:
                case BtfKind.Restrict:
                case BtfKind.Function:
                case BtfKind.FunctionPrototype:
                case BtfKind.DeclarationTag:
                case BtfKind.TypeTag:
                default:
                    return false;
            }
        }

        throw Malformed($"type {id} refers to itself, or through more than {MaxDepth} types");
    }

    /// <summary>Bytes a type takes.</summary>
    /// <param name="id">A type id.</param>
    /// <returns>The size; 0 where <see cref="TrySizeOf"/> has none.</returns>
    /// <exception cref="Diagnostics.ObjectFormatException">An id is out of range, or the references go in a circle.</exception>
    public int SizeOf(int id) => TrySizeOf(id, out int size) ? size : 0;

    /// <summary>Natural alignment of a type, in bytes; 1 for what has none.</summary>
    /// <param name="id">A type id.</param>
    /// <exception cref="Diagnostics.ObjectFormatException">An id is out of range, or the references go in a circle.</exception>
    public int AlignmentOf(int id)
    {
        return AlignmentOf(id, 0, []);
    }

    // Structures seen are remembered: a hostile file could otherwise ask for exponential work.
    private int AlignmentOf(int id, int depth, Dictionary<int, int> known)
    {
        if (depth > MaxDepth)
        {
            throw Malformed($"type {id} contains itself, or is nested deeper than {MaxDepth} types");
        }

        BtfType type = SkipModifiers(id);
        switch (type.Kind)
        {
            case BtfKind.Int:
            case BtfKind.Enum:
            case BtfKind.Enum64:
            case BtfKind.Float:
                return Math.Clamp(type.Size, 1, 8);
            case BtfKind.Pointer:
                return 8;
            case BtfKind.Array:
            case BtfKind.Variable:
                return AlignmentOf(type.TypeId, depth + 1, known);
            case BtfKind.Struct:
            case BtfKind.Union:
                if (known.TryGetValue(type.Id, out int alignment))
                {
                    return alignment;
                }

                alignment = 1;
                foreach (BtfMember member in type.Members)
                {
                    int of = AlignmentOf(member.TypeId, depth + 1, known);

                    // A member off its natural place says that the structure is packed.
                    if (member.BitfieldSize == 0 ? member.BitOffset % (8 * of) != 0 : Straddles(member))
                    {
                        return known[type.Id] = 1;
                    }

                    alignment = Math.Max(alignment, of);
                }

                return known[type.Id] = type.Size % alignment == 0 ? alignment : 1;
            case BtfKind.Void:
            case BtfKind.Forward:
            case BtfKind.Typedef:
            case BtfKind.Volatile:
            case BtfKind.Const:
            case BtfKind.Restrict:
            case BtfKind.Function:
            case BtfKind.FunctionPrototype:
            case BtfKind.DataSection:
            case BtfKind.DeclarationTag:
            case BtfKind.TypeTag:
            default:
                return 1;
        }
    }

    /// <summary>Whether a bitfield lies across a boundary of its type, as only packed ones do.</summary>
    private bool Straddles(BtfMember member)
    {
        int unit = 8 * Math.Max(SizeOf(member.TypeId), 1);
        return member.BitOffset / unit != (member.BitOffset + member.BitfieldSize - 1) / unit;
    }

    private static bool Multiply(ulong elements, uint each, out int size)
    {
        ulong bytes = elements * each;
        size = bytes <= int.MaxValue ? (int)bytes : 0;
        return bytes <= int.MaxValue;
    }
}
