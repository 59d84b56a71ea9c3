using BpfSharp.Btf;
using BpfSharp.Objects;

namespace BpfSharp.Verifier.Walk;

/// <summary>Finds locks, timers, kernel pointers, lists and trees in a type of the object.</summary>
/// <remarks>
/// The rules are the kernel's, their limits included: a type that breaks one (too many fields, two locks, a bit field that does
/// not start at a byte) has no special fields at all. Its bytes are then plain data, and no helper finds a field there.
/// </remarks>
internal sealed class FieldFinder
{
    private const int MaxFields = 11;
    private const int MaxDepth = 32;

    private readonly BtfFile _types;
    private readonly BtfFile? _kernel;
    private readonly FieldKindTable.Place _place;
    private bool _isBroken;

    private FieldFinder(BtfFile types, BtfFile? kernel, FieldKindTable.Place place)
    {
        _types = types;
        _kernel = kernel;
        _place = place;
    }

    /// <summary>The special fields of a map's values.</summary>
    public static SpecialFields InValues(BpfObject obj, MapSpec map, BtfFile? kernel) =>
        obj.Btf is { } types && types.Contains(map.ValueTypeId)
            ? new FieldFinder(types, kernel, FieldKindTable.Place.MapValue).Find(map.ValueTypeId, map.ValueSize)
            : SpecialFields.None;

    /// <summary>The special fields of an object the program allocates.</summary>
    public static SpecialFields InObjects(BtfFile types, int typeId, BtfFile? kernel) =>
        types.Contains(typeId)
            ? new FieldFinder(types, kernel, FieldKindTable.Place.Object).Find(typeId, types.SizeOf(typeId))
            : SpecialFields.None;

    private SpecialFields Find(int typeId, int size)
    {
        List<SpecialField> fields = [];
        BtfType type = _types.SkipModifiers(typeId);
        if (type.Kind == BtfKind.DataSection)
        {
            HashSet<SpecialFieldKind> seen = [];
            for (int i = 0; i < type.Variables.Count && !_isBroken; i++)
            {
                BtfSectionVariable variable = type.Variables[i];
                BtfType declaration = _types[variable.TypeId];
                Visit(new Owner(declaration.Id, -1), declaration.TypeId, variable.ByteOffset, variable.Size, fields, seen, 0);
            }
        }
        else if (type.Kind == BtfKind.Struct)
        {
            Members(type, 0, fields, 0);
        }

        return _isBroken || fields.Count == 0 || !Fits(fields, size) ? SpecialFields.None : new SpecialFields([.. fields]);
    }

    private bool Fits(List<SpecialField> fields, int size)
    {
        fields.Sort((a, b) => a.Offset.CompareTo(b.Offset));
        int next = 0;
        foreach (SpecialField field in fields)
        {
            if (field.Offset < next || field.Offset + field.Size > size)
            {
                return false;
            }

            next = field.Offset + field.Size;
        }

        bool hasLock = fields.Exists(f => f.Kind == SpecialFieldKind.SpinLock);
        bool hasResilientLock = fields.Exists(f => f.Kind == SpecialFieldKind.ResilientSpinLock);
        bool hasRoot = fields.Exists(f => f.Kind is SpecialFieldKind.ListHead or SpecialFieldKind.TreeRoot);
        bool isInBoth = fields.Exists(f => f.Kind == SpecialFieldKind.ListNode) && fields.Exists(f => f.Kind == SpecialFieldKind.TreeNode);
        return !(hasLock && hasResilientLock) && (!hasRoot || hasLock || hasResilientLock)
            && (!isInBoth || fields.Exists(f => f.Kind == SpecialFieldKind.RefCount))
            && fields.TrueForAll(f => f.Kind != SpecialFieldKind.KptrReferenced || FieldKindTable.HasDestructor(_types[f.TypeId].Name, _kernel));
    }

    private void Members(BtfType type, int offset, List<SpecialField> fields, int depth)
    {
        HashSet<SpecialFieldKind> seen = [];
        BtfList<BtfMember> members = type.Members;
        for (int i = 0; i < members.Count && !_isBroken; i++)
        {
            BtfMember member = members[i];
            if (member.BitOffset % 8 != 0)
            {
                _isBroken = true;
                return;
            }

            Visit(new Owner(type.Id, i), member.TypeId, offset + (member.BitOffset / 8), 0, fields, seen, depth);
        }
    }

    /// <summary>One member or variable: a field, an array of fields, a structure or an array of structures with fields.</summary>
    private void Visit(
        Owner owner, int typeId, int offset, int expectedSize, List<SpecialField> fields, HashSet<SpecialFieldKind> seen, int depth)
    {
        BtfType type = _types[typeId];
        long count = 1;
        for (int i = 0; type.Kind == BtfKind.Array; i++)
        {
            if (i == MaxDepth)
            {
                _isBroken = true;
                return;
            }

            count *= type.ElementCount;
            type = _types[type.TypeId];
        }

        if (count == 0)
        {
            return;
        }

        int before = fields.Count;
        int elementSize;
        if (FieldKindTable.OfStructure(type, _place) is { } kind)
        {
            elementSize = type.Size;
            if (expectedSize != 0 && expectedSize != elementSize * count)
            {
                return;
            }

            if (FieldKindTable.IsUnique(kind) && (!seen.Add(kind) || count > 1))
            {
                _isBroken = true;
                return;
            }

            (int item, int node) = kind is SpecialFieldKind.ListHead or SpecialFieldKind.TreeRoot
                ? ContainedType(owner) : (0, 0);
            fields.Add(new SpecialField(kind, offset, type.Size, item, node));
            bool isLeaf = kind is SpecialFieldKind.ListNode or SpecialFieldKind.TreeNode;
            _isBroken |= isLeaf && count > 1;
        }
        else if (type.Kind == BtfKind.Struct)
        {
            elementSize = type.Size;
            if (expectedSize != 0 && expectedSize != elementSize * count)
            {
                return;
            }

            if (depth + 1 >= MaxDepth)
            {
                _isBroken = true;
                return;
            }

            Members(type, offset, fields, depth + 1);
        }
        else
        {
            elementSize = 8;
            if ((expectedSize != 0 && expectedSize != elementSize * count) || offset % 8 != 0 || !TryPointer(type, offset, out SpecialField pointer))
            {
                return;
            }

            fields.Add(pointer);
        }

        Repeat(fields, before, count, elementSize);
    }

    private void Repeat(List<SpecialField> fields, int before, long count, int elementSize)
    {
        int found = fields.Count - before;
        if (found == 0 || _isBroken)
        {
            return;
        }

        if (before + (found * count) > MaxFields)
        {
            _isBroken = true;
            return;
        }

        for (int i = 1; i < count; i++)
        {
            for (int k = 0; k < found; k++)
            {
                SpecialField first = fields[before + k];
                // Only pointers and roots may lie in arrays.
                _isBroken |= !FieldKindTable.MayRepeat(first.Kind);
                fields.Add(first with { Offset = first.Offset + (i * elementSize) });
            }
        }
    }

    private bool TryPointer(BtfType type, int offset, out SpecialField field)
    {
        field = default;
        BtfType pointer = type.Kind == BtfKind.Volatile ? _types[type.TypeId] : type;
        if (pointer.Kind != BtfKind.Pointer || _types[pointer.TypeId] is not { Kind: BtfKind.TypeTag } tag
            || FieldKindTable.OfTag(tag.Name, _place) is not { } kind)
        {
            return false;
        }

        BtfType pointee = _types.SkipModifiers(tag.TypeId);
        if (_types[tag.TypeId].Kind == BtfKind.TypeTag || pointee.Kind != BtfKind.Struct)
        {
            _isBroken = true;
            return false;
        }

        field = new SpecialField(kind, offset, 8, pointee.Id);
        return true;
    }

    /// <summary>Reads the tag <c>contains:TYPE:NODE</c> that says what a list or tree holds.</summary>
    private (int TypeId, int NodeOffset) ContainedType(Owner owner)
    {
        for (int id = 1; id < _types.Count; id++)
        {
            BtfType tag = _types[id];
            if (tag.Kind != BtfKind.DeclarationTag || tag.TypeId != owner.TypeId || tag.ComponentIndex != owner.Member)
            {
                continue;
            }

            string[] parts = tag.Name.Split(':');
            if (parts.Length != 3 || parts[0] != "contains")
            {
                continue;
            }

            int item = _types.Find(parts[1], BtfKind.Struct);
            BtfList<BtfMember> members = _types[item].Members;
            for (int i = 0; item != 0 && i < members.Count; i++)
            {
                if (members[i].Name == parts[2])
                {
                    return (item, members[i].ByteOffset);
                }
            }
        }

        return (0, 0);
    }

    private readonly record struct Owner(int TypeId, int Member);
}
