using BpfSharp.Btf;

namespace BpfSharp.Verifier.Walk;

/// <summary>What lies at an offset of a structure.</summary>
/// <param name="IsAllowed">Whether something of that size does.</param>
/// <param name="PointeeId">For a pointer to a structure: that structure's id; else 0.</param>
/// <param name="Tag">Address space of the pointer: <c>user</c>, <c>percpu</c>, <c>rcu</c>, or empty.</param>
/// <param name="Owner">The innermost structure's name.</param>
/// <param name="Field">The member's name.</param>
internal readonly record struct TypeAccess(bool IsAllowed, int PointeeId = 0, string Tag = "", string Owner = "", string Field = "")
{
    /// <summary>Finds what a load of some bytes at an offset gives.</summary>
    public static TypeAccess Find(BtfFile btf, int typeId, int offset, int size)
    {
        BtfType type = btf.SkipModifiers(typeId);
        for (int depth = 0; depth < 32; depth++)
        {
            if (type.Kind is not (BtfKind.Struct or BtfKind.Union))
            {
                return new(false);
            }

            if ((long)offset + size > type.Size)
            {
                if (!TryFlexibleArray(btf, type, ref offset, out type))
                {
                    return new(false, 0, "", type.Name);
                }

                if (type.Kind is not (BtfKind.Struct or BtfKind.Union))
                {
                    return new(true);
                }

                continue;
            }

            if (!TryMember(btf, type, offset, size, out BtfMember member, out TypeAccess? done))
            {
                return done ?? new(false, 0, "", type.Name);
            }

            offset -= member.ByteOffset;
            int inMember = offset;
            BtfType inner = btf.SkipModifiers(member.TypeId);
            bool wasArray = false;
            while (inner.Kind == BtfKind.Array)
            {
                wasArray = true;
                inner = btf.SkipModifiers(inner.TypeId);
            }

            int elementSize = btf.SizeOf(inner.Id);
            if (wasArray && elementSize > 0)
            {
                offset %= elementSize;
            }

            if (inner.Kind is BtfKind.Struct or BtfKind.Union)
            {
                type = inner;
                continue;
            }

            return Leaf(btf, type, member, inner, offset, size, inMember + size <= btf.SizeOf(member.TypeId));
        }

        return new(false);
    }

    /// <summary>Whether one structure starts with (or is) another, at an offset.</summary>
    public static bool Holds(BtfFile btf, int typeId, int offset, int wantedId, bool strict)
    {
        if (typeId == wantedId && offset == 0)
        {
            return true;
        }

        if (strict)
        {
            return false;
        }

        BtfType type = btf.SkipModifiers(typeId);
        string wanted = btf[wantedId].Name;
        for (int depth = 0; depth < 32 && type.Kind is BtfKind.Struct or BtfKind.Union; depth++)
        {
            if (offset == 0 && (type.Id == wantedId || (type.Name == wanted && wanted.Length > 0)))
            {
                return true;
            }

            BtfList<BtfMember> members = type.Members;
            bool found = false;
            for (int i = 0; i < members.Count; i++)
            {
                BtfType inner = btf.SkipModifiers(members[i].TypeId);
                int size = btf.SizeOf(inner.Id);
                if (members[i].BitfieldSize != 0 || offset < members[i].ByteOffset || offset >= members[i].ByteOffset + size)
                {
                    continue;
                }

                offset -= members[i].ByteOffset;
                type = inner;
                found = true;
                break;
            }

            if (!found)
            {
                return false;
            }
        }

        return false;
    }

    private static bool TryFlexibleArray(BtfFile btf, BtfType type, ref int offset, out BtfType element)
    {
        element = type;
        BtfList<BtfMember> members = type.Members;
        if (type.Kind != BtfKind.Struct || members.Count == 0)
        {
            return false;
        }

        BtfMember last = members[members.Count - 1];
        BtfType array = btf.SkipModifiers(last.TypeId);
        if (array.Kind != BtfKind.Array || array.ElementCount != 0 || offset < last.ByteOffset)
        {
            return false;
        }

        element = btf.SkipModifiers(array.TypeId);
        int size = btf.SizeOf(element.Id);
        offset = size > 0 ? (offset - last.ByteOffset) % size : 0;
        return true;
    }

    private static bool TryMember(
        BtfFile btf, BtfType type, int offset, int size, out BtfMember found, out TypeAccess? done)
    {
        found = default;
        done = null;
        BtfList<BtfMember> members = type.Members;
        for (int i = 0; i < members.Count; i++)
        {
            BtfMember member = members[i];
            if (member.BitfieldSize != 0)
            {
                int end = (member.BitOffset + member.BitfieldSize + 7) / 8;
                if (offset < end && offset + size > member.ByteOffset)
                {
                    done = new(true, 0, "", type.Name, member.Name);
                    return false;
                }

                continue;
            }

            int memberSize = btf.SizeOf(member.TypeId);
            if (offset >= member.ByteOffset && offset < member.ByteOffset + memberSize)
            {
                found = member;
                return true;
            }
        }

        return false;
    }

    private static TypeAccess Leaf(
        BtfFile btf, BtfType owner, BtfMember member, BtfType inner, int offset, int size, bool fits)
    {
        if (inner.Kind == BtfKind.Pointer)
        {
            if (offset != 0 || size != 8)
            {
                return new(false, 0, "", owner.Name, member.Name);
            }

            string tag = "";
            BtfType target = btf[inner.TypeId];
            for (int depth = 0; depth < 32 && target.IsModifier; depth++)
            {
                if (target.Kind == BtfKind.TypeTag)
                {
                    tag = target.Name;
                }

                target = btf[target.TypeId];
            }

            return new(true, target.Kind is BtfKind.Struct or BtfKind.Union ? target.Id : 0, tag, owner.Name, member.Name);
        }

        return new(fits, 0, "", owner.Name, member.Name);
    }
}
