namespace BpfSharp.Hooks;

/// <summary>What a verifier demands of a helper's argument.</summary>
public enum HelperArgumentKind : byte
{
    /// <summary>Any initialised value (a number, mostly; <see cref="HelperArgument.Type"/> says which).</summary>
    Anything,
    /// <summary>A number, not a pointer.</summary>
    Scalar,
    /// <summary>The program's context, unmodified.</summary>
    Context,
    /// <summary>A map, by constant.</summary>
    Map,
    /// <summary>Memory of the map's key size, readable.</summary>
    MapKey,
    /// <summary>Memory of the map's value size.</summary>
    MapValue,
    /// <summary>Memory whose size is the next argument, or fixed (<see cref="HelperArgument.Size"/>).</summary>
    Memory,
    /// <summary>Size of the memory argument before it: bounded, not 0.</summary>
    Size,
    /// <summary>Size of the memory argument before it: bounded, may be 0.</summary>
    SizeOrZero,
    /// <summary>A constant: the size of the memory returned.</summary>
    AllocationSize,
    /// <summary>A reserved ring buffer record.</summary>
    RingRecord,
    /// <summary>Any socket pointer of the networking hooks (<c>bpf_sock</c>, its common part, TCP fields).</summary>
    SockCommon,
    /// <summary>A full socket (<c>bpf_sock</c>).</summary>
    Socket,
    /// <summary>A typed kernel pointer; <see cref="HelperArgument.Type"/> is the structure.</summary>
    BtfPointer,
    /// <summary>A socket pointer of the networking hooks, or a typed pointer to a kernel socket.</summary>
    BtfSocket,
    /// <summary>Address of a per-CPU kernel variable.</summary>
    PerCpuVariable,
    /// <summary>A function of the program.</summary>
    Function,
    /// <summary>The stack (handed to a callback).</summary>
    Stack,
    /// <summary>A zero-terminated string in a frozen read-only map.</summary>
    ConstantString,
    /// <summary>A <c>bpf_spin_lock</c> in a map's value or owned object.</summary>
    SpinLock,
    /// <summary>A <c>bpf_timer</c> in a map's value.</summary>
    Timer,
    /// <summary>The place of a kernel pointer in a map's value or owned object.</summary>
    KptrSlot,
    /// <summary>The kernel pointer (or null) to put in a <see cref="KptrSlot"/>; the program gives it away.</summary>
    KptrValue,
    /// <summary>A dynptr, on the stack (or handed over by a callback).</summary>
    Dynptr,
}
