using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;

namespace BpfSharp.Compiler.Il;

/// <summary>A scalar inside a type: what copying and zeroing a struct works on.</summary>
/// <param name="Offset">Byte offset.</param>
/// <param name="Width">Bytes: 1, 2, 4 or 8.</param>
/// <param name="IsAddress">Whether it is a pointer or reference.</param>
internal readonly record struct Leaf(int Offset, int Width, bool IsAddress);

/// <summary>Size, alignment and field places of a type: the runtime's unmanaged layout on 64-bit machines.</summary>
internal sealed class StorageLayout
{
    private readonly Dictionary<FieldDefinitionHandle, int> _offsets = [];
    private ImmutableArray<Leaf> _leaves;

    public int Size { get; private set; }

    public int Alignment { get; private set; }

    /// <summary>Elements of an inline array or fixed buffer; 1 for everything else.</summary>
    public int Repeat { get; private set; } = 1;

    /// <summary>Why no unmanaged value has this layout (reference fields, automatic layout); <see langword="null"/> if none.</summary>
    public string? Trouble { get; private set; }

    public int OffsetOf(IlField field) => _offsets.TryGetValue(field.Handle, out int offset) ? offset : 0;

    public static StorageLayout Compute(IlType type)
    {
        int scalar = type.Kind switch
        {
            IlKind.Void => 0,
            IlKind.Boolean or IlKind.I1 or IlKind.U1 => 1,
            IlKind.Char or IlKind.I2 or IlKind.U2 => 2,
            IlKind.I4 or IlKind.U4 or IlKind.R4 => 4,
            IlKind.I8 or IlKind.U8 or IlKind.NInt or IlKind.NUInt or IlKind.R8 or IlKind.Class or IlKind.Pointer
                or IlKind.ByRef or IlKind.Array or IlKind.FunctionPointer or IlKind.TypeParameter
                or IlKind.MethodParameter => 8,
            IlKind.Enum => type.Element!.Size,
            IlKind.Struct => type.IsContext ? 8 : -1,
            _ => -1,
        };
        if (scalar >= 0)
        {
            return new StorageLayout
            {
                Size = scalar,
                Alignment = Math.Max(scalar, 1),
                Trouble = type.Kind is IlKind.Class or IlKind.Array ? $"{type} is a reference type" : null,
            };
        }

        StorageLayout layout = new();
        layout.ComputeStruct(type);
        return layout;
    }

    private void ComputeStruct(IlType type)
    {
        TypeDef? definition = type.Definition;
        if (definition is null)
        {
            Size = Alignment = 1;
            Trouble = $"{type} is in an assembly that was not found";
            return;
        }

        System.Reflection.Metadata.TypeLayout declared = definition.Row.GetLayout();
        bool isExplicit = (definition.Row.Attributes & TypeAttributes.LayoutMask) == TypeAttributes.ExplicitLayout;
        int pack = declared.PackingSize == 0 ? 8 : declared.PackingSize;
        int end = 0;
        Alignment = 1;
        foreach (IlField field in type.Fields)
        {
            StorageLayout inner = field.Type.Layout;
            Trouble ??= inner.Trouble;
            int alignment = Math.Min(inner.Alignment, pack);
            int offset = isExplicit ? field.Row.GetOffset() : (end + alignment - 1) / alignment * alignment;
            _offsets[field.Handle] = offset;
            end = Math.Max(end, offset + inner.Size);
            Alignment = Math.Max(Alignment, alignment);
        }

        AttributeData? inline = definition.FindAttribute("InlineArrayAttribute");
        if (inline is not null)
        {
            Repeat = (int)inline.Integer(0);
            end = checked(end * Repeat);
        }

        if (definition.FullName is "System.Int128" or "System.UInt128")
        {
            Alignment = 16;
        }

        Size = (Math.Max(end, 1) + Alignment - 1) / Alignment * Alignment;
        if (declared.Size > Size || (isExplicit && declared.Size > end))
        {
            // A fixed buffer is a struct of one element whose declared size is the whole.
            int whole = declared.Size;
            if (type.Fields.Length == 1 && type.Fields[0].Name == "FixedElementField")
            {
                Repeat = whole / Math.Max(1, type.Fields[0].Type.Size);
            }

            Size = isExplicit ? whole : Math.Max(Size, whole);
        }
    }

    /// <summary>The scalars of a type in order of offset; overlapping ones (explicit layout) as bytes.</summary>
    public static ImmutableArray<Leaf> Leaves(IlType type)
    {
        StorageLayout layout = type.Layout;
        if (layout._leaves.IsDefault)
        {
            List<Leaf> leaves = [];
            Collect(type, 0, leaves);
            leaves.Sort((a, b) => a.Offset.CompareTo(b.Offset));
            bool overlap = false;
            for (int i = 1; i < leaves.Count; i++)
            {
                overlap |= leaves[i].Offset < leaves[i - 1].Offset + leaves[i - 1].Width;
            }

            layout._leaves = overlap ? Cover(layout.Size, layout.Alignment) : [.. leaves];
        }

        return layout._leaves;
    }

    /// <summary>Widest aligned pieces that cover a number of bytes.</summary>
    public static ImmutableArray<Leaf> Cover(int size, int alignment, int start = 0)
    {
        List<Leaf> pieces = [];
        int offset = start;
        while (offset < start + size)
        {
            int width = Math.Min(8, alignment);
            while (width > 1 && (offset % width != 0 || offset + width > start + size))
            {
                width /= 2;
            }

            pieces.Add(new Leaf(offset, width, false));
            offset += width;
        }

        return [.. pieces];
    }

    /// <summary>Bytes of a type that belong to no field.</summary>
    public static ImmutableArray<Leaf> Padding(IlType type)
    {
        if (!type.IsStruct)
        {
            return [];
        }

        List<Leaf> gaps = [];
        int at = 0;
        foreach (Leaf leaf in Leaves(type))
        {
            if (leaf.Offset > at)
            {
                gaps.AddRange(Cover(leaf.Offset - at, type.Layout.Alignment, at));
            }

            at = Math.Max(at, leaf.Offset + leaf.Width);
        }

        if (at < type.Size)
        {
            gaps.AddRange(Cover(type.Size - at, type.Layout.Alignment, at));
        }

        return [.. gaps];
    }

    private static void Collect(IlType type, int offset, List<Leaf> leaves)
    {
        if (!type.IsStruct)
        {
            if (type.Size > 0)
            {
                leaves.Add(new Leaf(offset, type.Size, type.IsAddress || type.IsContext || type.Kind is IlKind.Class or IlKind.FunctionPointer));
            }

            return;
        }

        StorageLayout layout = type.Layout;
        if (layout.Repeat > 1 && type.Fields.Length == 1)
        {
            IlType element = type.Fields[0].Type;
            if (layout.Repeat * Leaves(element).Length > 16)
            {
                // Long arrays are copied in the widest pieces; their elements are reached through memory anyway.
                foreach (Leaf piece in Cover(layout.Size, layout.Alignment, 0))
                {
                    leaves.Add(piece with { Offset = piece.Offset + offset });
                }

                return;
            }

            for (int i = 0; i < layout.Repeat; i++)
            {
                Collect(element, offset + (i * element.Size), leaves);
            }

            return;
        }

        foreach (IlField field in type.Fields)
        {
            Collect(field.Type, offset + field.Offset, leaves);
        }
    }
}
