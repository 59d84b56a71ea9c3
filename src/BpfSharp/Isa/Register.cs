namespace BpfSharp.Isa;

/// <summary>One of the eleven eBPF registers (RFC 9669, section 2.1: R0..R10, 64 bits each).</summary>
public enum Register : byte
{
    /// <summary>Return value of calls, exit value of the program.</summary>
    R0,
    /// <summary>First call argument; the context pointer at program entry.</summary>
    R1,
    /// <summary>Second call argument.</summary>
    R2,
    /// <summary>Third call argument.</summary>
    R3,
    /// <summary>Fourth call argument.</summary>
    R4,
    /// <summary>Fifth call argument.</summary>
    R5,
    /// <summary>Callee saved.</summary>
    R6,
    /// <summary>Callee saved.</summary>
    R7,
    /// <summary>Callee saved.</summary>
    R8,
    /// <summary>Callee saved.</summary>
    R9,
    /// <summary>Read-only frame pointer: one past the end of the 512-byte stack frame.</summary>
    R10,
}
