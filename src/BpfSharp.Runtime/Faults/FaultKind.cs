namespace BpfSharp.Runtime.Faults;

/// <summary>Why a run was stopped. Each kind has a stable finding id: BPF43xx, xx being its value.</summary>
internal enum FaultKind : byte
{
    /// <summary>Not stopped.</summary>
    None = 0,
    /// <summary>Memory outside everything the program may reach was accessed.</summary>
    OutOfBounds = 1,
    /// <summary>Read-only memory was written.</summary>
    ReadOnly = 2,
    /// <summary>The step budget is used up.</summary>
    OutOfFuel = 3,
    /// <summary>More frames than allowed: local calls and callbacks together.</summary>
    CallDepth = 4,
    /// <summary>A slot that is no instruction was reached.</summary>
    InvalidInstruction = 5,
    /// <summary>Execution left the program: a jump or fall through past its end.</summary>
    OutOfProgram = 6,
    /// <summary>A helper that does not exist here was called.</summary>
    UnknownHelper = 7,
    /// <summary>A kernel function that does not exist here was called.</summary>
    UnknownKfunc = 8,
    /// <summary>A register that must hold a map holds something else, or the map of another object.</summary>
    BadMapHandle = 9,
    /// <summary>A register that must hold a function of the program holds something else.</summary>
    BadFunction = 10,
    /// <summary>A helper got an argument it cannot take (a size out of range, no context, an unheld lock).</summary>
    BadArgument = 11,
    /// <summary>An arena operation without an arena.</summary>
    NoArena = 12,
    /// <summary>A CO-RE relocation without an answer was reached.</summary>
    UnresolvedRelocation = 13,
    /// <summary>A lock was taken that never becomes free, or never released.</summary>
    Lock = 14,
    /// <summary>Packet access by an LD_ABS or LD_IND in a program without packet.</summary>
    NoPacket = 15,
    /// <summary>An engine or helper failed in a way that is our defect, not the program's.</summary>
    Internal = 16,
    /// <summary>An atomic access to an address that is not a multiple of its size.</summary>
    Misaligned = 17,
}
