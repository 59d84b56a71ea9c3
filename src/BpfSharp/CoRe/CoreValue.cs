using BpfSharp.Btf;
using BpfSharp.Objects;

namespace BpfSharp.CoRe;

/// <summary>What a relocation's access is worth in one set of types.</summary>
/// <param name="Value">The number.</param>
/// <param name="IsExact">Whether the compiler must have computed the same number from the object's types.</param>
/// <param name="FieldSize">Bytes of the field, for offsets; 0 where the access has no size of its own.</param>
/// <param name="FieldTypeId">Type of the field, for offsets.</param>
internal readonly record struct CoreValue(ulong Value, bool IsExact, int FieldSize, int FieldTypeId)
{
    /// <summary>The value of an access.</summary>
    /// <param name="relocation">What is asked.</param>
    /// <param name="path">The access; <see langword="null"/> if there is none.</param>
    /// <returns><see langword="null"/> if nothing can be answered: the instruction must not be reached.</returns>
    internal static CoreValue? Of(CoreRelocation relocation, AccessPath? path)
    {
        switch (relocation.Kind)
        {
            case CoreRelocationKind.FieldExists:
            case CoreRelocationKind.EnumValueExists:
            case CoreRelocationKind.TypeExists:
            case CoreRelocationKind.TypeMatches:
                return new(path is null ? 0u : 1u, IsExact: true, 0, 0);
            case CoreRelocationKind.TypeIdTarget:
            case CoreRelocationKind.TypeIdLocal:
                return new((uint)(path?.RootTypeId ?? 0), IsExact: false, 0, 0);
            case CoreRelocationKind.TypeSize:
                return new(path is null ? 0u : (uint)SizeOf(relocation, path.Btf, path.RootTypeId), IsExact: true, 0, 0);
            case CoreRelocationKind.EnumValue:
                return path is null ? null
                    : new((ulong)path.Btf[path.Last.TypeId].Enumerators[path.Last.Index].Value, IsExact: true, 0, 0);
            case CoreRelocationKind.FieldByteOffset:
            case CoreRelocationKind.FieldByteSize:
            case CoreRelocationKind.FieldSigned:
            case CoreRelocationKind.FieldLeftShift64:
            case CoreRelocationKind.FieldRightShift64:
                return path is null ? null : path.Last.IsNamed ? OfMember(relocation, path) : OfElement(relocation, path);
            default:
                throw CoreRefusal.Malformed(relocation, "this kind is unknown");
        }
    }

    private static CoreValue OfElement(CoreRelocation relocation, AccessPath path)
    {
        int id = path.Last.TypeId;
        return relocation.Kind == CoreRelocationKind.FieldByteOffset
                ? new((ulong)(path.BitOffset / 8), IsExact: true, ElementSize(relocation, path.Btf, id), id)
            : relocation.Kind == CoreRelocationKind.FieldByteSize
                ? new((uint)SizeOf(relocation, path.Btf, id), IsExact: true, 0, 0)
            : throw CoreRefusal.Malformed(relocation, "an array element has no bits of its own");
    }

    private static CoreValue OfMember(CoreRelocation relocation, AccessPath path)
    {
        BtfMember member = path.Btf[path.Last.TypeId].Members[path.Last.Index];
        BtfType type = path.Btf.SkipModifiers(member.TypeId);
        bool isBitfield = member.BitfieldSize > 0;
        long bits = isBitfield ? member.BitfieldSize : 8L * SizeOf(relocation, path.Btf, type.Id);
        long size = isBitfield ? type.Size : bits / 8;
        long offset = path.BitOffset / 8;
        if (isBitfield)
        {
            // The smallest aligned number that holds all its bits is loaded.
            if (size <= 0)
            {
                throw CoreRefusal.Malformed(relocation, $"a bitfield of {type} has no size");
            }

            offset = path.BitOffset / 8 / size * size;
            while (path.BitOffset + bits - (8 * offset) > 8 * size)
            {
                size *= 2;
                offset = path.BitOffset / 8 / size * size;
                if (size > 8)
                {
                    throw CoreRefusal.Malformed(relocation, "a bitfield crosses the 8 bytes that one load can take");
                }
            }
        }

        return relocation.Kind switch
        {
            CoreRelocationKind.FieldByteOffset => isBitfield
                ? new((ulong)offset, IsExact: false, 0, 0)
                : new((ulong)offset, IsExact: true, ElementSize(relocation, path.Btf, type.Id), type.Id),
            CoreRelocationKind.FieldByteSize => new((ulong)size, !isBitfield, 0, 0),
            CoreRelocationKind.FieldSigned => new(
                (type.IsEnum && type.KindFlag) || type.IntEncoding.HasFlag(BtfIntEncoding.Signed) ? 1u : 0u,
                IsExact: true, 0, 0),
            CoreRelocationKind.FieldLeftShift64 => new(
                (ulong)(64 - (path.BitOffset + bits - (8 * offset))), !isBitfield, 0, 0),
            CoreRelocationKind.FieldRightShift64 => new((ulong)(64 - bits), IsExact: true, 0, 0),
            CoreRelocationKind.FieldExists or CoreRelocationKind.TypeIdLocal or CoreRelocationKind.TypeIdTarget
                or CoreRelocationKind.TypeExists or CoreRelocationKind.TypeSize or CoreRelocationKind.EnumValueExists
                or CoreRelocationKind.EnumValue or CoreRelocationKind.TypeMatches
                => throw CoreRefusal.Malformed(relocation, "a member has no such property"),
            _ => throw CoreRefusal.Malformed(relocation, "this kind is unknown"),
        };
    }

    // Of an array the element is loaded.
    private static int ElementSize(CoreRelocation relocation, BtfFile btf, int id)
    {
        BtfType type = btf.SkipModifiers(id);
        for (int depth = 0; type.Kind == BtfKind.Array && depth < AccessPath.MaxSteps; depth++)
        {
            type = btf.SkipModifiers(type.TypeId);
        }

        return SizeOf(relocation, btf, type.Id);
    }

    private static int SizeOf(CoreRelocation relocation, BtfFile btf, int id) => btf.TrySizeOf(id, out int size)
        ? size : throw CoreRefusal.Malformed(relocation, $"the size of {btf[id]} is unknown");
}
