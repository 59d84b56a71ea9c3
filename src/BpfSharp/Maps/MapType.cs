namespace BpfSharp.Maps;

/// <summary>Kind of map.</summary>
/// <remarks>Values are the kernel's <c>enum bpf_map_type</c> (<c>include/uapi/linux/bpf.h</c>).</remarks>
public enum MapType
{
    /// <summary>Not said.</summary>
    Unspecified = 0,
    /// <summary>Hash table.</summary>
    Hash = 1,
    /// <summary>Array indexed by a 32-bit number.</summary>
    Array = 2,
    /// <summary>Programs to tail-call.</summary>
    ProgramArray = 3,
    /// <summary>Perf buffers, one per CPU.</summary>
    PerfEventArray = 4,
    /// <summary>Hash table with a value per CPU.</summary>
    PerCpuHash = 5,
    /// <summary>Array with a value per CPU.</summary>
    PerCpuArray = 6,
    /// <summary>Call stacks by id.</summary>
    StackTrace = 7,
    /// <summary>Cgroups by index.</summary>
    CgroupArray = 8,
    /// <summary>Hash table that evicts the least recently used.</summary>
    LruHash = 9,
    /// <summary>LRU hash table with a value per CPU.</summary>
    LruPerCpuHash = 10,
    /// <summary>Longest prefix match.</summary>
    LpmTrie = 11,
    /// <summary>Array of maps.</summary>
    ArrayOfMaps = 12,
    /// <summary>Hash table of maps.</summary>
    HashOfMaps = 13,
    /// <summary>Devices to redirect to, by index.</summary>
    DevMap = 14,
    /// <summary>Sockets by index.</summary>
    SockMap = 15,
    /// <summary>CPUs to redirect to.</summary>
    CpuMap = 16,
    /// <summary>AF_XDP sockets.</summary>
    XskMap = 17,
    /// <summary>Sockets by key.</summary>
    SockHash = 18,
    /// <summary>Storage per cgroup and program (old).</summary>
    CgroupStorage = 19,
    /// <summary>Sockets of a reuseport group.</summary>
    ReuseportSockArray = 20,
    /// <summary>Storage per cgroup, program and CPU (old).</summary>
    PerCpuCgroupStorage = 21,
    /// <summary>First in, first out.</summary>
    Queue = 22,
    /// <summary>Last in, first out.</summary>
    Stack = 23,
    /// <summary>Storage of a socket.</summary>
    SkStorage = 24,
    /// <summary>Devices to redirect to, by key.</summary>
    DevMapHash = 25,
    /// <summary>Kernel operations structure.</summary>
    StructOps = 26,
    /// <summary>Ring buffer to user space.</summary>
    RingBuffer = 27,
    /// <summary>Storage of an inode.</summary>
    InodeStorage = 28,
    /// <summary>Storage of a task.</summary>
    TaskStorage = 29,
    /// <summary>Bloom filter.</summary>
    BloomFilter = 30,
    /// <summary>Ring buffer from user space.</summary>
    UserRingBuffer = 31,
    /// <summary>Storage of a cgroup.</summary>
    CgroupLocalStorage = 32,
    /// <summary>Memory shared with user space, with pointers valid in both.</summary>
    Arena = 33,
    /// <summary>Jump targets (Linux 6.19).</summary>
    InstructionArray = 34,
}
