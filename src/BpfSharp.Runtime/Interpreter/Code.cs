using System.Runtime.InteropServices;
using BpfSharp.Isa;

namespace BpfSharp.Runtime.Interpreter;

/// <summary>One predecoded instruction: what refers to the object is resolved, jumps are distances in this form.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct Code
{
    /// <summary>The meaning; <see cref="Op.Invalid"/> stops the run with the fault kind in <see cref="Imm"/>.</summary>
    public Op Op;

    /// <summary>Destination register, at most 10.</summary>
    public byte Dst;

    /// <summary>Source register, at most 10; for helper calls a <see cref="CallForm"/>.</summary>
    public byte Src;

    /// <summary>Byte offset of an access; distance of a jump or local call from the next instruction; row of a helper.</summary>
    public int Offset;

    /// <summary>Immediate, sign extended; map handles, addresses and function pointers once resolved.</summary>
    public long Imm;
}

/// <summary>How a helper call is made.</summary>
internal enum CallForm : byte
{
    /// <summary>Through the function pointer in the immediate.</summary>
    Direct,
    /// <summary>The tail call: replaces the frame if it succeeds.</summary>
    TailCall,
}
