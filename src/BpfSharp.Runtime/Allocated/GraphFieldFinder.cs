using BpfSharp.Btf;

namespace BpfSharp.Runtime.Allocated;

/// <summary>Finds the fields of a type that kernel functions keep, by the types' names in BTF.</summary>
internal static class GraphFieldFinder
{
    private const int MaxDepth = 4;
    private const uint MaxElements = 64;

    /// <summary>The fields, with those of nested structures and arrays.</summary>
    public static GraphField[] Find(BtfFile btf, int typeId)
    {
        List<GraphField> fields = [];
        Collect(btf, typeId, 0, 0, fields);
        return [.. fields];
    }

    private static void Collect(BtfFile btf, int id, int at, int depth, List<GraphField> into)
    {
        BtfType type = btf.SkipModifiers(id);
        if (depth > MaxDepth)
        {
            return;
        }

        if (type.Kind == BtfKind.Array && type.ElementCount <= MaxElements)
        {
            int size = btf.SizeOf(type.TypeId);
            for (int i = 0; i < type.ElementCount; i++)
            {
                Collect(btf, type.TypeId, at + (i * size), depth + 1, into);
            }

            return;
        }

        if (type.Kind == BtfKind.Pointer)
        {
            if (btf[type.TypeId] is { Kind: BtfKind.TypeTag, Name: "kptr" or "percpu_kptr" })
            {
                into.Add(new GraphField(GraphFieldKind.Pointer, at));
            }

            return;
        }

        if (!type.IsComposite)
        {
            return;
        }

        GraphFieldKind? kind = type.Name switch
        {
            "bpf_list_head" => GraphFieldKind.ListHead,
            "bpf_list_node" => GraphFieldKind.ListNode,
            "bpf_rb_root" => GraphFieldKind.TreeRoot,
            "bpf_rb_node" => GraphFieldKind.TreeNode,
            _ => null,
        };
        if (kind is { } known)
        {
            into.Add(new GraphField(known, at));
            return;
        }

        foreach (BtfMember member in type.Members)
        {
            Collect(btf, member.TypeId, at + member.ByteOffset, depth + 1, into);
        }
    }
}
