namespace BpfSharp.Isa;

/// <summary>One instruction as analyses and engines read it: <c>lddw</c> is one, and jumps know their target.</summary>
/// <param name="Slot">Index of the (first) slot in the program.</param>
/// <param name="Op">The meaning; <see cref="Op.Invalid"/> for a slot that has none.</param>
/// <param name="Dst">Destination register.</param>
/// <param name="Src">Source register, or a pseudo tag.</param>
/// <param name="Offset">Byte offset of a memory access; slot offset of a jump, also of <c>gotol</c>.</param>
/// <param name="Imm">Immediate, sign extended; for <c>lddw</c> all 64 bits (high half is the second slot's).</param>
public readonly record struct DecodedInstruction(int Slot, Op Op, Register Dst, Register Src, int Offset, long Imm)
{
    /// <summary>Slots taken: 2 for <c>lddw</c>, else 1.</summary>
    public int Slots => Op == Op.Invalid ? 1 : OpcodeTable.Get(Op).Slots;

    /// <summary>Slot a jump leads to.</summary>
    public int JumpTarget => Slot + 1 + Offset;

    /// <summary>Slot of the subprogram that a local call or a function load refers to.</summary>
    public int CallTarget => Slot + 1 + (int)Imm;

    /// <summary>Decodes the instruction that starts at a slot.</summary>
    /// <param name="program">The program.</param>
    /// <param name="slot">A slot inside the program.</param>
    /// <returns>The instruction; an <c>lddw</c> cut off by the end of the program is <see cref="Op.Invalid"/>.</returns>
    public static DecodedInstruction Decode(ReadOnlySpan<Instruction> program, int slot)
    {
        Instruction first = program[slot];
        Op op = OpcodeTable.Find(first);
        long imm = first.Imm;
        int offset = first.Offset;
        if (op != Op.Invalid && OpcodeTable.Get(op).Kind == OpKind.LoadImmediate64)
        {
            if (slot + 1 >= program.Length)
            {
                return new(slot, Op.Invalid, first.Dst, first.Src, offset, imm);
            }

            imm = (long)program[slot + 1].Imm << 32 | (uint)first.Imm;
        }
        else if (op == Op.Ja32)
        {
            offset = first.Imm;
        }

        return new(slot, op, first.Dst, first.Src, offset, imm);
    }
}
