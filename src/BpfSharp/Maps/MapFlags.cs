namespace BpfSharp.Maps;

/// <summary>Flags of a map's creation.</summary>
/// <remarks>Values are the kernel's <c>BPF_F_*</c> for <c>BPF_MAP_CREATE</c> (<c>include/uapi/linux/bpf.h</c>).</remarks>
[Flags]
#pragma warning disable CA1711 // they are flags, and so the kernel calls them
public enum MapFlags : uint
#pragma warning restore CA1711
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Elements are allocated when added.</summary>
    NoPreallocate = 1u << 0,
    /// <summary>An LRU list per CPU.</summary>
    NoCommonLru = 1u << 1,
    /// <summary>Memory of the given NUMA node.</summary>
    NumaNode = 1u << 2,
    /// <summary>User space may only read.</summary>
    ReadOnlyUser = 1u << 3,
    /// <summary>User space may only write.</summary>
    WriteOnlyUser = 1u << 4,
    /// <summary>Stack traces hold build ids.</summary>
    StackBuildId = 1u << 5,
    /// <summary>Hash seed 0.</summary>
    ZeroSeed = 1u << 6,
    /// <summary>Programs may only read.</summary>
    ReadOnlyProgram = 1u << 7,
    /// <summary>Programs may only write.</summary>
    WriteOnlyProgram = 1u << 8,
    /// <summary>Storage is inherited by a cloned socket.</summary>
    Clone = 1u << 9,
    /// <summary>User space may map the values into memory.</summary>
    Mmapable = 1u << 10,
    /// <summary>Perf events stay when the map's descriptor is closed.</summary>
    PreserveElements = 1u << 11,
    /// <summary>Inner maps may have another size.</summary>
    InnerMap = 1u << 12,
    /// <summary>A link may be created for the struct_ops map.</summary>
    Link = 1u << 13,
    /// <summary>Values are paths on file descriptors.</summary>
    PathFd = 1u << 14,
    /// <summary>BTF of a module is given by descriptor.</summary>
    VTypeBtfObjectFd = 1u << 15,
    /// <summary>A BPF token is given.</summary>
    TokenFd = 1u << 16,
    /// <summary>The arena faults on missing pages.</summary>
    SegvOnFault = 1u << 17,
    /// <summary>The arena uses no user conversion.</summary>
    NoUserConversion = 1u << 18,
    /// <summary>A ring buffer that overwrites.</summary>
    RingBufferOverwrite = 1u << 19,
}
