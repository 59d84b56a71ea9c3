using BpfSharp.Btf;
using BpfSharp.Objects;

namespace BpfSharp.Verifier.Walk;

/// <summary>Finds locks, timers, kernel pointers, lists and trees in a type of the object.</summary>
internal static class FieldFinder
{
    private const int MaxDepth = 8;

    private static readonly (string Name, SpecialFieldKind Kind)[] s_structures =
    [
        ("bpf_spin_lock", SpecialFieldKind.SpinLock),
        ("bpf_res_spin_lock", SpecialFieldKind.ResilientSpinLock),
        ("bpf_timer", SpecialFieldKind.Timer),
        ("bpf_wq", SpecialFieldKind.WorkQueue),
        ("bpf_task_work", SpecialFieldKind.TaskWork),
        ("bpf_list_head", SpecialFieldKind.ListHead),
        ("bpf_list_node", SpecialFieldKind.ListNode),
        ("bpf_rb_root", SpecialFieldKind.TreeRoot),
        ("bpf_rb_node", SpecialFieldKind.TreeNode),
        ("bpf_refcount", SpecialFieldKind.RefCount),
    ];

    private static readonly (string Tag, SpecialFieldKind Kind)[] s_pointers =
    [
        ("kptr_untrusted", SpecialFieldKind.KptrUntrusted),
        ("kptr", SpecialFieldKind.KptrReferenced),
        ("percpu_kptr", SpecialFieldKind.KptrPerCpu),
        ("uptr", SpecialFieldKind.UserPointer),
    ];

    public static SpecialFields Find(BpfObject obj, MapSpec map) =>
        obj.Btf is { } btf && map.ValueTypeId > 0 ? Find(btf, map.ValueTypeId) : SpecialFields.None;

    public static SpecialFields Find(BtfFile btf, int typeId)
    {
        if (!btf.Contains(typeId))
        {
            return SpecialFields.None;
        }

        List<SpecialField> fields = [];
        BtfType type = btf.SkipModifiers(typeId);
        if (type.Kind == BtfKind.DataSection)
        {
            for (int i = 0; i < type.Variables.Count; i++)
            {
                BtfSectionVariable variable = type.Variables[i];
                BtfType declaration = btf[variable.TypeId];
                Visit(btf, declaration.TypeId, variable.ByteOffset, declaration.Id, -1, fields, 0);
            }
        }
        else
        {
            Members(btf, type, 0, fields, 0);
        }

        return fields.Count == 0 ? SpecialFields.None : new SpecialFields([.. fields.OrderBy(f => f.Offset)]);
    }

    private static void Members(BtfFile btf, BtfType type, int offset, List<SpecialField> fields, int depth)
    {
        if (type.Kind is not (BtfKind.Struct or BtfKind.Union) || depth > MaxDepth)
        {
            return;
        }

        BtfList<BtfMember> members = type.Members;
        for (int i = 0; i < members.Count; i++)
        {
            if (members[i].BitfieldSize == 0)
            {
                Visit(btf, members[i].TypeId, offset + members[i].ByteOffset, type.Id, i, fields, depth + 1);
            }
        }
    }

    private static void Visit(
        BtfFile btf, int typeId, int offset, int ownerId, int memberIndex, List<SpecialField> fields, int depth)
    {
        BtfType type = btf.SkipModifiers(typeId);
        int count = 1;
        while (type.Kind == BtfKind.Array && depth <= MaxDepth)
        {
            count *= (int)Math.Min(type.ElementCount, 1024);
            type = btf.SkipModifiers(type.TypeId);
            depth++;
        }

        if (type.Kind == BtfKind.Pointer)
        {
            if (PointerKind(btf, type) is { } kind)
            {
                int pointee = btf.SkipModifiers(type.TypeId).Id;
                for (int i = 0; i < count && i < 64; i++)
                {
                    fields.Add(new SpecialField(kind, offset + (i * 8), 8, pointee));
                }
            }

            return;
        }

        if (type.Kind != BtfKind.Struct || fields.Count > 64)
        {
            return;
        }

        string name = type.Name;
        foreach ((string structure, SpecialFieldKind kind) in s_structures)
        {
            if (name != structure)
            {
                continue;
            }

            (int item, int node) = kind is SpecialFieldKind.ListHead or SpecialFieldKind.TreeRoot
                ? ContainedType(btf, ownerId, memberIndex) : (0, 0);
            for (int i = 0; i < count && i < 64; i++)
            {
                fields.Add(new SpecialField(kind, offset + (i * type.Size), type.Size, item, node));
            }

            return;
        }

        int before = fields.Count;
        Members(btf, type, offset, fields, depth + 1);
        int found = fields.Count - before;
        for (int i = 1; i < count && found > 0 && fields.Count < 64; i++)
        {
            for (int k = 0; k < found; k++)
            {
                SpecialField first = fields[before + k];
                fields.Add(first with { Offset = first.Offset + (i * type.Size) });
            }
        }
    }

    private static SpecialFieldKind? PointerKind(BtfFile btf, BtfType pointer)
    {
        BtfType target = btf[pointer.TypeId];
        for (int depth = 0; depth < 32 && target.IsModifier; depth++)
        {
            if (target.Kind == BtfKind.TypeTag)
            {
                string tag = target.Name;
                foreach ((string text, SpecialFieldKind kind) in s_pointers)
                {
                    if (tag == text)
                    {
                        return kind;
                    }
                }
            }

            target = btf[target.TypeId];
        }

        return null;
    }

    /// <summary>Reads the tag <c>contains:TYPE:NODE</c> that says what a list or tree holds.</summary>
    private static (int TypeId, int NodeOffset) ContainedType(BtfFile btf, int ownerId, int memberIndex)
    {
        for (int id = 1; id < btf.Count; id++)
        {
            BtfType tag = btf[id];
            if (tag.Kind != BtfKind.DeclarationTag || tag.TypeId != ownerId || tag.ComponentIndex != memberIndex)
            {
                continue;
            }

            string[] parts = tag.Name.Split(':');
            if (parts.Length != 3 || parts[0] != "contains")
            {
                continue;
            }

            int item = btf.Find(parts[1], BtfKind.Struct);
            BtfList<BtfMember> members = btf[item].Members;
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

}
