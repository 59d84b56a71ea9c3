using BpfSharp.Btf;
using BpfSharp.Diagnostics;

namespace BpfSharp.CoRe;

/// <summary>Compares a type of an object with a type of the target, by the rules loaders of the field share.</summary>
internal sealed class TypeComparer(BtfFile local, BtfFile target)
{
    private const int MaxDepth = 32;

    // Real comparisons visit thousands of types at most; files may be made to ask for more than a lifetime's.
    private int _budget = 1_000_000;

    /// <summary>Whether two kinds may stand for each other.</summary>
    internal static bool KindsAgree(BtfType a, BtfType b) => a.Kind == b.Kind || (a.IsEnum && b.IsEnum);

    /// <summary>Whether a member of one type may stand for a member of the other: numbers for numbers, structures for structures.</summary>
    internal bool FieldsAgree(int localId, int targetId)
    {
        for (int depth = 0; depth < MaxDepth; depth++)
        {
            (BtfType a, BtfType b) = (local.SkipModifiers(localId), target.SkipModifiers(targetId));
            if (a.IsComposite && b.IsComposite)
            {
                return true;
            }

            if (!KindsAgree(a, b))
            {
                return false;
            }

            if (a.Kind == BtfKind.Array)
            {
                (localId, targetId) = (a.TypeId, b.TypeId);
                continue;
            }

            ReadOnlySpan<byte> aName = BtfFile.EssentialName(a.NameBytes);
            ReadOnlySpan<byte> bName = BtfFile.EssentialName(b.NameBytes);
            return a.Kind is BtfKind.Pointer or BtfKind.Float
                || (a.Kind == BtfKind.Int && a.IntBitOffset == 0 && b.IntBitOffset == 0)
                || ((a.IsEnum || a.Kind == BtfKind.Forward)
                    && (aName.IsEmpty || bName.IsEmpty || aName.SequenceEqual(bName)));
        }

        throw TooDeep();
    }

    /// <summary>Whether two types of one name are of one sort; members are not looked at.</summary>
    internal bool TypesAgree(int localId, int targetId) =>
        KindsAgree(local[localId], target[targetId]) && TypesAgree(localId, targetId, 0);

    /// <summary>Whether the object's type matches the target's in all it says: members, their types, enumerators.</summary>
    internal bool TypesMatch(int localId, int targetId) => TypesMatch(localId, targetId, isBehindPointer: false, 0);

    private bool TypesAgree(int localId, int targetId, int depth)
    {
        for (int links = 0; links < MaxDepth; links++)
        {
            Spend(depth);
            (BtfType a, BtfType b) = (local.SkipModifiers(localId), target.SkipModifiers(targetId));
            if (!KindsAgree(a, b))
            {
                return false;
            }

            switch (a.Kind)
            {
                case BtfKind.Void:
                case BtfKind.Struct:
                case BtfKind.Union:
                case BtfKind.Enum:
                case BtfKind.Enum64:
                case BtfKind.Forward:
                    return true;
                case BtfKind.Int:
                    return a.IntBitOffset == 0 && b.IntBitOffset == 0;
                case BtfKind.FunctionPrototype:
                    if (a.Count != b.Count)
                    {
                        return false;
                    }

                    for (int i = 0; i < a.Count; i++)
                    {
                        if (!TypesAgree(a.Parameters[i].TypeId, b.Parameters[i].TypeId, depth + 1))
                        {
                            return false;
                        }
                    }

                    (localId, targetId) = (a.TypeId, b.TypeId);
                    continue;
                case BtfKind.Pointer:
                case BtfKind.Array:
                    (localId, targetId) = (a.TypeId, b.TypeId);
                    continue;
                case BtfKind.Typedef:
                case BtfKind.Volatile:
                case BtfKind.Const:
                case BtfKind.Restrict:
                case BtfKind.Function:
                case BtfKind.Variable:
                case BtfKind.DataSection:
                case BtfKind.Float:
                case BtfKind.DeclarationTag:
                case BtfKind.TypeTag:
                default:
                    return false;
            }
        }

        throw TooDeep();
    }

    private bool TypesMatch(int localId, int targetId, bool isBehindPointer, int depth)
    {
        for (int links = 0; links < MaxDepth; links++)
        {
            Spend(depth);
            (BtfType a, BtfType b) = (local.SkipModifiers(localId), target.SkipModifiers(targetId));
            if (!NamesMatch(a.NameBytes, b.NameBytes))
            {
                return false;
            }

            switch (a.Kind)
            {
                case BtfKind.Void:
                    return b.Kind == BtfKind.Void;
                case BtfKind.Forward:
                    return b.Kind == BtfKind.Forward ? a.KindFlag == b.KindFlag
                        : isBehindPointer && b.Kind == (a.KindFlag ? BtfKind.Union : BtfKind.Struct);
                case BtfKind.Enum:
                case BtfKind.Enum64:
                    return b.IsEnum && EnumeratorsMatch(a, b);
                case BtfKind.Struct:
                case BtfKind.Union:
                    return isBehindPointer
                        ? a.Kind == b.Kind || (b.Kind == BtfKind.Forward && b.KindFlag == (a.Kind == BtfKind.Union))
                        : a.Kind == b.Kind && MembersMatch(a, b, depth);
                case BtfKind.Int:
                    return b.Kind == BtfKind.Int && a.Size == b.Size
                        && a.IntEncoding.HasFlag(BtfIntEncoding.Signed) == b.IntEncoding.HasFlag(BtfIntEncoding.Signed);
                case BtfKind.Pointer:
                    if (b.Kind != BtfKind.Pointer)
                    {
                        return false;
                    }

                    isBehindPointer = true;
                    (localId, targetId) = (a.TypeId, b.TypeId);
                    continue;
                case BtfKind.Array:
                    if (b.Kind != BtfKind.Array || a.ElementCount != b.ElementCount)
                    {
                        return false;
                    }

                    (localId, targetId) = (a.TypeId, b.TypeId);
                    continue;
                case BtfKind.FunctionPrototype:
                    if (b.Kind != BtfKind.FunctionPrototype || a.Count != b.Count)
                    {
                        return false;
                    }

                    for (int i = 0; i < a.Count; i++)
                    {
                        if (!TypesMatch(a.Parameters[i].TypeId, b.Parameters[i].TypeId, isBehindPointer, depth + 1))
                        {
                            return false;
                        }
                    }

                    (localId, targetId) = (a.TypeId, b.TypeId);
                    continue;
                case BtfKind.Typedef:
                case BtfKind.Volatile:
                case BtfKind.Const:
                case BtfKind.Restrict:
                case BtfKind.Function:
                case BtfKind.Variable:
                case BtfKind.DataSection:
                case BtfKind.Float:
                case BtfKind.DeclarationTag:
                case BtfKind.TypeTag:
                default:
                    return false;
            }
        }

        throw TooDeep();
    }

    private bool MembersMatch(BtfType a, BtfType b, int depth)
    {
        if (a.Count > b.Count)
        {
            return false;
        }

        foreach (BtfMember member in a.Members)
        {
            bool isFound = false;
            foreach (BtfMember candidate in b.Members)
            {
                Spend(depth);
                if (NamesMatch(member.NameBytes, candidate.NameBytes)
                    && TypesMatch(member.TypeId, candidate.TypeId, isBehindPointer: false, depth + 1))
                {
                    isFound = true;
                    break;
                }
            }

            if (!isFound)
            {
                return false;
            }
        }

        return true;
    }

    private bool EnumeratorsMatch(BtfType a, BtfType b)
    {
        if (a.Size != b.Size || a.Count > b.Count)
        {
            return false;
        }

        foreach (BtfEnumerator value in a.Enumerators)
        {
            bool isFound = false;
            foreach (BtfEnumerator candidate in b.Enumerators)
            {
                Spend(0);
                isFound |= NamesMatch(value.NameBytes, candidate.NameBytes);
            }

            if (!isFound)
            {
                return false;
            }
        }

        return true;
    }

    private static bool NamesMatch(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b) =>
        b.IsEmpty ? a.IsEmpty : BtfFile.EssentialName(a).SequenceEqual(BtfFile.EssentialName(b));

    private void Spend(int depth)
    {
        if (depth > MaxDepth || --_budget < 0)
        {
            throw TooDeep();
        }
    }

    private static ObjectFormatException TooDeep() => new(new Finding
    {
        Id = "BPF1302",
        Message = "two types cannot be compared: they refer to too many others, or to themselves",
        Suggestion = "build the object again",
    });
}
