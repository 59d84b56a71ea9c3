namespace BpfSharp.Verifier.State;

/// <summary>What else is known of a pointer.</summary>
[Flags]
internal enum RegisterFlags : ushort
{
    None = 0,
    /// <summary>Null until compared.</summary>
    MaybeNull = 1,
    /// <summary>May not be written.</summary>
    ReadOnly = 2,
    /// <summary>A reserved record of a ring buffer.</summary>
    RingRecord = 4,
    /// <summary>User memory: never dereferenced directly.</summary>
    User = 8,
    /// <summary>Per-CPU memory: needs a helper to be dereferenced.</summary>
    PerCpu = 16,
    /// <summary>May dangle: loads are probed, no helper takes it.</summary>
    Untrusted = 32,
    /// <summary>Certainly valid.</summary>
    Trusted = 64,
    /// <summary>Valid inside the RCU read section.</summary>
    Rcu = 128,
    /// <summary>An object the program allocated.</summary>
    Allocated = 256,
    /// <summary>An object that lies in a list or tree the program owns.</summary>
    NonOwning = 512,
    /// <summary>A slice of a packet through a dynptr.</summary>
    DynptrSlice = 1024,
}
