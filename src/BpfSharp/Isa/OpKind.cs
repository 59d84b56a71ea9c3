namespace BpfSharp.Isa;

/// <summary>Families of instructions; the members of one family use the fields of the slot alike.</summary>
public enum OpKind : byte
{
    /// <summary>Arithmetic and moves: dst = dst op (src or imm).</summary>
    Alu,
    /// <summary>Byte order conversions of dst.</summary>
    Endian,
    /// <summary>Arena address space cast.</summary>
    AddressSpaceCast,
    /// <summary>dst = memory at src + off.</summary>
    Load,
    /// <summary>Memory at dst + off = src or imm.</summary>
    Store,
    /// <summary>Atomic read-modify-write of memory at dst + off.</summary>
    Atomic,
    /// <summary>dst = memory at src + off, acquire.</summary>
    LoadAcquire,
    /// <summary>Memory at dst + off = src, release.</summary>
    StoreRelease,
    /// <summary>The two-slot 64-bit immediate load and its pseudo forms.</summary>
    LoadImmediate64,
    /// <summary>Packet access of classic BPF (LD_ABS, LD_IND).</summary>
    LegacyPacket,
    /// <summary>Unconditional jump.</summary>
    Jump,
    /// <summary>Compare and jump.</summary>
    ConditionalJump,
    /// <summary>Bounded-loop jump.</summary>
    MayGoto,
    /// <summary>Jump through an instruction array.</summary>
    IndirectJump,
    /// <summary>Helper, subprogram, kfunc or register call.</summary>
    Call,
    /// <summary>Return.</summary>
    Exit,
}
