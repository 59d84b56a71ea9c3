namespace BpfSharp.Runtime.Maps;

/// <summary>Flags of map operations (<c>BPF_ANY</c> … in <c>include/uapi/linux/bpf.h</c>).</summary>
internal static class MapOperation
{
    /// <summary>Create or replace.</summary>
    public const ulong Any = 0;

    /// <summary>Create only.</summary>
    public const ulong NoExist = 1;

    /// <summary>Replace only. For queues and stacks: overwrite the oldest when full.</summary>
    public const ulong Exist = 2;

    /// <summary>Copy under the value's <c>bpf_spin_lock</c>.</summary>
    public const ulong Lock = 4;
}
