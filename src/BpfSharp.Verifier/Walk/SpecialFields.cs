using System.Collections.Immutable;

namespace BpfSharp.Verifier.Walk;

/// <summary>Kinds of fields that only helpers may touch.</summary>
internal enum SpecialFieldKind : byte
{
    SpinLock,
    ResilientSpinLock,
    Timer,
    WorkQueue,
    TaskWork,
    KptrUntrusted,
    KptrReferenced,
    KptrPerCpu,
    UserPointer,
    ListHead,
    ListNode,
    TreeRoot,
    TreeNode,
    RefCount,
}

/// <summary>A field only helpers may touch.</summary>
/// <param name="Kind">What.</param>
/// <param name="Offset">Bytes from the value's start.</param>
/// <param name="Size">Bytes.</param>
/// <param name="TypeId">For a kernel pointer: the pointee's BTF id in the object. For heads and roots: the item's.</param>
/// <param name="NodeOffset">For heads and roots: where the node lies in the item.</param>
internal readonly record struct SpecialField(SpecialFieldKind Kind, int Offset, int Size, int TypeId = 0, int NodeOffset = 0);

/// <summary>All special fields of a value or object type.</summary>
internal sealed class SpecialFields
{
    public static SpecialFields None { get; } = new([]);

    public SpecialFields(ImmutableArray<SpecialField> fields) => All = fields;

    public ImmutableArray<SpecialField> All { get; }

    public SpecialField? Find(SpecialFieldKind kind)
    {
        foreach (SpecialField field in All)
        {
            if (field.Kind == kind)
            {
                return field;
            }
        }

        return null;
    }

    public SpecialField? At(int offset)
    {
        foreach (SpecialField field in All)
        {
            if (field.Offset == offset)
            {
                return field;
            }
        }

        return null;
    }
}
