namespace BpfSharp.Runtime.Allocated;

/// <summary>An object a program made (<c>bpf_obj_new</c>), alive until its last reference is dropped.</summary>
internal sealed class AllocatedObject
{
    private int _references = 1;

    /// <summary>Address of its memory (of CPU slot 0's copy).</summary>
    public required nuint Address { get; init; }

    /// <summary>Bytes of the type.</summary>
    public required int Bytes { get; init; }

    /// <summary>Id of its type in the object's BTF.</summary>
    public required int TypeId { get; init; }

    /// <summary>Bytes from one CPU slot's copy to the next; 0 if there is one copy.</summary>
    public int Stride { get; init; }

    /// <summary>Its fields that belong to kernel functions.</summary>
    public required GraphField[] Fields { get; init; }

    /// <summary>Adds a reference.</summary>
    /// <returns><see langword="false"/> if the last one has gone already.</returns>
    public bool TryAcquire()
    {
        int references = Volatile.Read(ref _references);
        while (references > 0)
        {
            int seen = Interlocked.CompareExchange(ref _references, references + 1, references);
            if (seen == references)
            {
                return true;
            }

            references = seen;
        }

        return false;
    }

    /// <summary>Takes a reference away.</summary>
    /// <returns>Whether it was the last.</returns>
    public bool Release() => Interlocked.Decrement(ref _references) == 0;
}

/// <summary>A field of an allocated object that kernel functions keep.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="ByteOffset">Where it starts.</param>
internal readonly record struct GraphField(GraphFieldKind Kind, int ByteOffset);

/// <summary>Kinds of such fields, by the type's name in BTF.</summary>
internal enum GraphFieldKind : byte
{
    /// <summary><c>struct bpf_list_head</c>.</summary>
    ListHead,
    /// <summary><c>struct bpf_list_node</c>.</summary>
    ListNode,
    /// <summary><c>struct bpf_rb_root</c>.</summary>
    TreeRoot,
    /// <summary><c>struct bpf_rb_node</c>.</summary>
    TreeNode,
    /// <summary>A pointer tagged <c>kptr</c> or <c>percpu_kptr</c>.</summary>
    Pointer,
}
