using BpfSharp.Btf;
using BpfSharp.Objects;

namespace BpfSharp.Runtime.Maps;

/// <summary>Finds the special fields of a map's value by the types' names in BTF, as the kernel does.</summary>
internal static class SpecialFieldFinder
{
    private const int MaxDepth = 8;
    private const uint MaxElements = 256;

    // name in BTF, what it is, bytes
    private static readonly (string Name, SpecialFieldKind Kind, int Size)[] s_rows =
    [
        ("bpf_spin_lock", SpecialFieldKind.SpinLock, 4),
        ("bpf_res_spin_lock", SpecialFieldKind.Other, 4),
        ("bpf_timer", SpecialFieldKind.Timer, 16),
        ("bpf_wq", SpecialFieldKind.WorkQueue, 16),
        ("bpf_list_head", SpecialFieldKind.Other, 16),
        ("bpf_list_node", SpecialFieldKind.Other, 24),
        ("bpf_rb_root", SpecialFieldKind.Other, 16),
        ("bpf_rb_node", SpecialFieldKind.Other, 32),
        ("bpf_refcount", SpecialFieldKind.Other, 4),
    ];

    /// <summary>The special fields of a map's value; none without types.</summary>
    public static List<SpecialField> Find(MapSpec spec, BtfFile? btf)
    {
        List<SpecialField> fields = [];
        if (btf is not null && spec.ValueTypeId > 0 && btf.Contains(spec.ValueTypeId))
        {
            Collect(btf, spec.ValueTypeId, 0, 0, fields);
            fields.RemoveAll(field => field.ByteOffset + field.Size > spec.ValueSize);
        }

        return fields;
    }

    private static void Collect(BtfFile btf, int id, int byteOffset, int depth, List<SpecialField> into)
    {
        BtfType type = btf.SkipModifiers(id);
        if (depth > MaxDepth)
        {
            return;
        }

        if (type.Kind == BtfKind.Array && type.ElementCount <= MaxElements && btf.SkipModifiers(type.TypeId).IsComposite)
        {
            int size = btf.SizeOf(type.TypeId);
            for (int i = 0; i < type.ElementCount; i++)
            {
                Collect(btf, type.TypeId, byteOffset + (i * size), depth + 1, into);
            }
        }

        if (!type.IsComposite)
        {
            return;
        }

        foreach ((string name, SpecialFieldKind kind, int size) in s_rows)
        {
            if (type.Name == name)
            {
                into.Add(new SpecialField(kind, byteOffset, size));
                return;
            }
        }

        foreach (BtfMember member in type.Members)
        {
            if (IsKernelPointer(btf, member.TypeId))
            {
                into.Add(new SpecialField(SpecialFieldKind.KernelPointer, byteOffset + member.ByteOffset, sizeof(ulong)));
            }
            else
            {
                Collect(btf, member.TypeId, byteOffset + member.ByteOffset, depth + 1, into);
            }
        }
    }

    /// <summary>Whether a member is a pointer with the type tag <c>kptr</c>, <c>kptr_untrusted</c> or <c>percpu_kptr</c>.</summary>
    private static bool IsKernelPointer(BtfFile btf, int id)
    {
        BtfType type = btf[id];
        if (type.Kind != BtfKind.Pointer)
        {
            return false;
        }

        BtfType target = btf[type.TypeId];
        return target.Kind == BtfKind.TypeTag && target.Name is "kptr" or "kptr_untrusted" or "percpu_kptr";
    }
}
