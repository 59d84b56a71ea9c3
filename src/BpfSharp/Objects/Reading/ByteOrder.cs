using BpfSharp.Btf;

namespace BpfSharp.Objects.Reading;

/// <summary>Turns data of the other byte order into this machine's, as its types say.</summary>
internal static class ByteOrder
{
    private const int MaxDepth = 32;

    internal static void ReverseSection(BtfFile btf, int sectionId, Span<byte> data)
    {
        foreach (BtfSectionVariable variable in btf[sectionId].Variables)
        {
            if (variable.ByteOffset >= 0 && variable.Size >= 0 && (long)variable.ByteOffset + variable.Size <= data.Length)
            {
                ReverseValue(btf, btf[variable.TypeId].TypeId, data.Slice(variable.ByteOffset, variable.Size));
            }
        }
    }

    /// <summary>Reverses every number of a value; what has no type, or does not fit, stays.</summary>
    internal static void ReverseValue(BtfFile btf, int typeId, Span<byte> data)
    {
        int budget = data.Length + 1000;
        Reverse(btf, typeId, data, 0, ref budget);
    }

    private static void Reverse(BtfFile btf, int typeId, Span<byte> data, int depth, ref int budget)
    {
        if (depth > MaxDepth || --budget < 0)
        {
            return;
        }

        BtfType type = btf.SkipModifiers(typeId);
        switch (type.Kind)
        {
            case BtfKind.Int:
            case BtfKind.Enum:
            case BtfKind.Enum64:
            case BtfKind.Float:
            case BtfKind.Pointer:
                int size = type.Kind == BtfKind.Pointer ? 8 : type.Size;
                if (size > 0 && size <= data.Length)
                {
                    data[..size].Reverse();
                }

                break;
            case BtfKind.Array:
                if (btf.TrySizeOf(type.TypeId, out int each) && each > 1)
                {
                    for (int at = 0; at + each <= data.Length && budget > 0; at += each)
                    {
                        Reverse(btf, type.TypeId, data.Slice(at, each), depth + 1, ref budget);
                    }
                }

                break;
            case BtfKind.Struct:
                foreach (BtfMember member in type.Members)
                {
                    // Bitfields are laid out differently as well; their storage is left alone.
                    if (member.BitfieldSize == 0 && btf.TrySizeOf(member.TypeId, out int length)
                        && (long)member.ByteOffset + length <= data.Length)
                    {
                        Reverse(btf, member.TypeId, data.Slice(member.ByteOffset, length), depth + 1, ref budget);
                    }
                }

                break;
            case BtfKind.Union:
                if (type.Count > 0)
                {
                    Reverse(btf, type.Members[0].TypeId, data, depth + 1, ref budget);
                }

                break;
            case BtfKind.Void:
            case BtfKind.Forward:
            case BtfKind.Typedef:
            case BtfKind.Volatile:
            case BtfKind.Const:
            case BtfKind.Restrict:
            case BtfKind.Function:
            case BtfKind.FunctionPrototype:
            case BtfKind.Variable:
            case BtfKind.DataSection:
            case BtfKind.DeclarationTag:
            case BtfKind.TypeTag:
            default:
                break;
        }
    }
}
