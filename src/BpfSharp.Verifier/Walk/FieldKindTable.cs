using BpfSharp.Btf;

namespace BpfSharp.Verifier.Walk;

/// <summary>What makes a member a special field, and where each kind may lie.</summary>
internal static class FieldKindTable
{
    /// <summary>Where fields may lie.</summary>
    [Flags]
    public enum Place : byte
    {
        /// <summary>In a map's value.</summary>
        MapValue = 1,
        /// <summary>In an object the program allocates.</summary>
        Object = 2,
        /// <summary>In both.</summary>
        Both = MapValue | Object,
    }

    private static readonly (string Name, SpecialFieldKind Kind, Place Places)[] s_structures =
    [
        ("bpf_spin_lock", SpecialFieldKind.SpinLock, Place.Both),
        ("bpf_res_spin_lock", SpecialFieldKind.ResilientSpinLock, Place.Both),
        ("bpf_timer", SpecialFieldKind.Timer, Place.MapValue),
        ("bpf_wq", SpecialFieldKind.WorkQueue, Place.MapValue),
        ("bpf_task_work", SpecialFieldKind.TaskWork, Place.MapValue),
        ("bpf_list_head", SpecialFieldKind.ListHead, Place.Both),
        ("bpf_list_node", SpecialFieldKind.ListNode, Place.Object),
        ("bpf_rb_root", SpecialFieldKind.TreeRoot, Place.Both),
        ("bpf_rb_node", SpecialFieldKind.TreeNode, Place.Object),
        ("bpf_refcount", SpecialFieldKind.RefCount, Place.Both),
    ];

    private static readonly (string Tag, SpecialFieldKind Kind, Place Places)[] s_pointers =
    [
        ("kptr_untrusted", SpecialFieldKind.KptrUntrusted, Place.Both),
        ("kptr", SpecialFieldKind.KptrReferenced, Place.Both),
        ("percpu_kptr", SpecialFieldKind.KptrPerCpu, Place.Both),
        ("uptr", SpecialFieldKind.UserPointer, Place.MapValue),
    ];

    // Kernel types whose references a map may hold, with the function that gives one back.
    private static readonly (string Type, string Function)[] s_destructors =
    [
        ("task_struct", "bpf_task_release_dtor"),
        ("cgroup", "bpf_cgroup_release_dtor"),
        ("bpf_cpumask", "bpf_cpumask_release_dtor"),
        ("bpf_crypto_ctx", "bpf_crypto_ctx_release_dtor"),
        ("sk_buff", "bpf_kfree_skb_dtor"),
        ("prog_test_ref_kfunc", "bpf_kfunc_call_test_release_dtor"),
        ("prog_test_member", "bpf_kfunc_call_memb_release_dtor"),
    ];

    public static SpecialFieldKind? OfStructure(BtfType type, Place place)
    {
        if (type.Kind != BtfKind.Struct)
        {
            return null;
        }

        string name = type.Name;
        foreach ((string structure, SpecialFieldKind kind, Place places) in s_structures)
        {
            if (name == structure && (places & place) != 0)
            {
                return kind;
            }
        }

        return null;
    }

    public static SpecialFieldKind? OfTag(string tag, Place place)
    {
        foreach ((string text, SpecialFieldKind kind, Place places) in s_pointers)
        {
            if (tag == text && (places & place) != 0)
            {
                return kind;
            }
        }

        return null;
    }

    /// <summary>Whether there may be one only.</summary>
    public static bool IsUnique(SpecialFieldKind kind) =>
        kind is SpecialFieldKind.SpinLock or SpecialFieldKind.ResilientSpinLock or SpecialFieldKind.Timer or SpecialFieldKind.WorkQueue
            or SpecialFieldKind.TaskWork or SpecialFieldKind.RefCount;

    /// <summary>Whether arrays of them are allowed.</summary>
    public static bool MayRepeat(SpecialFieldKind kind) =>
        kind is SpecialFieldKind.KptrUntrusted or SpecialFieldKind.KptrReferenced or SpecialFieldKind.KptrPerCpu
            or SpecialFieldKind.UserPointer or SpecialFieldKind.ListHead or SpecialFieldKind.TreeRoot;

    /// <summary>
    /// Whether a map may hold a reference of the type: objects of the program's own types always, those of the kernel only where
    /// it can give the reference back when the map dies.
    /// </summary>
    public static bool HasDestructor(string type, BtfFile? kernel)
    {
        if (kernel is null || kernel.Find(type, BtfKind.Struct) <= 0)
        {
            return true;
        }

        foreach ((string name, string function) in s_destructors)
        {
            if (name == type)
            {
                return kernel.Find(function, BtfKind.Function) > 0;
            }
        }

        return false;
    }
}
