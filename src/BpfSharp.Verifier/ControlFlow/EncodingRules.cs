using BpfSharp.Isa;
using BpfSharp.Verifier.Findings;

namespace BpfSharp.Verifier.ControlFlow;

/// <summary>Fields an instruction does not use must be 0, so that they can mean something one day.</summary>
internal static class EncodingRules
{
    /// <summary>What must hold even in code that no path reaches.</summary>
    public static void CheckAlways(in DecodedInstruction insn, ReadOnlySpan<Instruction> program)
    {
        Instruction raw = program[insn.Slot];
        if (insn.Op == Op.Invalid)
        {
            throw new Rejection(
                FindingIds.Encoding, insn.Slot, $"opcode 0x{raw.Opcode:x2} with source {(int)raw.Src}, offset {raw.Offset} and immediate {raw.Imm} means nothing");
        }

        ref readonly OpcodeInfo row = ref OpcodeTable.Get(insn.Op);
        if (raw.Dst > Register.R10 || (row.Operand == Operand.Reg && raw.Src > Register.R10))
        {
            throw new Rejection(FindingIds.Encoding, insn.Slot, "a register above r10 does not exist");
        }

        if (row.Kind == OpKind.Load)
        {
            Require(insn.Slot, raw.Imm == 0, "immediate");
        }
        else if (row.Kind == OpKind.LoadImmediate64)
        {
            CheckWideImmediate(insn, program);
        }
    }

    /// <summary>What is checked where a path reaches the instruction.</summary>
    public static void Check(in DecodedInstruction insn, ReadOnlySpan<Instruction> program)
    {
        Instruction raw = program[insn.Slot];
        if (raw.Dst > Register.R10)
        {
            throw new Rejection(FindingIds.Encoding, insn.Slot, $"register r{(int)raw.Dst} does not exist");
        }

        ref readonly OpcodeInfo row = ref OpcodeTable.Get(insn.Op);
        bool usesRegister = row.Operand == Operand.Reg;
        if (usesRegister && raw.Src > Register.R10)
        {
            throw new Rejection(FindingIds.Encoding, insn.Slot, $"register r{(int)raw.Src} does not exist");
        }

        switch (row.Kind)
        {
            case OpKind.Alu:
                Require(insn.Slot, raw.Offset == 0 || row.Offset == raw.Offset, "offset");
                Require(insn.Slot, usesRegister ? raw.Imm == 0 : raw.Src == 0, usesRegister ? "immediate" : "source register");
                Require(insn.Slot, row.Operand != Operand.None || raw.Imm == 0, "immediate");
                CheckConstantOperand(insn, row);
                RequireWritable(insn);
                break;
            case OpKind.Endian:
                Require(insn.Slot, raw.Offset == 0, "offset");
                Require(insn.Slot, raw.Src == 0, "source register");
                RequireWritable(insn);
                break;
            case OpKind.AddressSpaceCast:
                RequireWritable(insn);
                break;
            case OpKind.Load:
                Require(insn.Slot, raw.Imm == 0, "immediate");
                RequireWritable(insn);
                break;
            case OpKind.Store:
                Require(insn.Slot, usesRegister ? raw.Imm == 0 : raw.Src == 0, usesRegister ? "immediate" : "source register");
                break;
            case OpKind.LoadImmediate64:
                CheckWideImmediate(insn, program);
                RequireWritable(insn);
                break;
            case OpKind.LegacyPacket:
                Require(insn.Slot, raw.Dst == 0, "destination register");
                Require(insn.Slot, raw.Offset == 0, "offset");
                Require(insn.Slot, insn.Op is Op.LdInd8 or Op.LdInd16 or Op.LdInd32 || raw.Src == 0, "source register");
                break;
            case OpKind.Jump:
                Require(insn.Slot, raw.Src == 0 && raw.Dst == 0, "register");
                Require(insn.Slot, insn.Op == Op.Ja32 ? raw.Offset == 0 : raw.Imm == 0, insn.Op == Op.Ja32 ? "offset" : "immediate");
                break;
            case OpKind.ConditionalJump:
                Require(insn.Slot, usesRegister ? raw.Imm == 0 : raw.Src == 0, usesRegister ? "immediate" : "source register");
                break;
            case OpKind.MayGoto:
                Require(insn.Slot, raw.Dst == 0 && raw.Src == 0 && raw.Imm == 0, "register or immediate");
                break;
            case OpKind.Call:
                Require(insn.Slot, raw.Dst == 0, "destination register");
                Require(insn.Slot, insn.Op == Op.CallKfunc || raw.Offset == 0, "offset");
                break;
            case OpKind.Exit:
                Require(insn.Slot, raw.Dst == 0 && raw.Src == 0 && raw.Imm == 0 && raw.Offset == 0, "field");
                break;
            case OpKind.Atomic:
                if (row.Fetches && row.Operation != Operation.Cmpxchg && raw.Src == Register.R10)
                {
                    throw new Rejection(FindingIds.Encoding, insn.Slot, "the frame pointer r10 is read-only");
                }

                break;
            case OpKind.LoadAcquire:
                RequireWritable(insn);
                break;
            case OpKind.StoreRelease or OpKind.IndirectJump:
            default:
                break;
        }
    }

    private static void CheckConstantOperand(in DecodedInstruction insn, in OpcodeInfo row)
    {
        if (row.Operand != Operand.Imm)
        {
            return;
        }

        if (insn.Imm == 0 && row.Operation is Operation.Div or Operation.Mod or Operation.SDiv or Operation.SMod && insn.Imm == 0)
        {
            throw new Rejection(FindingIds.Encoding, insn.Slot, "division by the constant 0");
        }

        if (row.Operation is Operation.Lsh or Operation.Rsh or Operation.Arsh && (insn.Imm < 0 || insn.Imm >= row.Width))
        {
            throw new Rejection(FindingIds.Encoding, insn.Slot, $"shift by {insn.Imm}; allowed are 0 to {row.Width - 1}");
        }
    }

    private static void CheckWideImmediate(in DecodedInstruction insn, ReadOnlySpan<Instruction> program)
    {
        Instruction second = program[insn.Slot + 1];
        if (second.Opcode != 0 || second.Dst != 0 || second.Src != 0 || second.Offset != 0)
        {
            throw new Rejection(FindingIds.Encoding, insn.Slot, "the second slot of a 64-bit load holds more than its immediate");
        }

        Require(insn.Slot, program[insn.Slot].Offset == 0, "offset");
        Require(insn.Slot, insn.Op is not (Op.LoadMapFd or Op.LoadMapIndex) || second.Imm == 0, "second immediate");
    }

    private static void RequireWritable(in DecodedInstruction insn)
    {
        if (insn.Dst == Register.R10)
        {
            throw new Rejection(FindingIds.Encoding, insn.Slot, "the frame pointer r10 is read-only");
        }
    }

    private static void Require(int slot, bool holds, string field)
    {
        if (!holds)
        {
            throw new Rejection(FindingIds.Encoding, slot, $"the {field} of this instruction must be 0");
        }
    }
}
