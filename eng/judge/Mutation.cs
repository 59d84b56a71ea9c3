using BpfSharp.Isa;
using BpfSharp.Objects;

namespace BpfSharp.Judge;

/// <summary>Small changes to a program: another operation, register, offset or constant, an instruction gone, doubled or swapped.</summary>
internal static class Mutation
{
    private static readonly int[] s_constants = [0, 1, -1, 2, 4, 7, 8, -8, 16, 31, 32, 63, 64, 255, 512, -512, 4096, int.MaxValue, int.MinValue];

    /// <summary>The object with its program changed in one to three places.</summary>
    public static BpfObject Of(BpfObject obj, ProgramSpec program, Random random)
    {
        Instruction[] code = [.. program.Instructions];
        for (int k = random.Next(1, 4); k > 0; k--)
        {
            Change(code, random);
        }

        BpfObject mutant = new() { Name = obj.Name, License = obj.License, Btf = obj.Btf };
        foreach (MapSpec map in obj.Maps)
        {
            mutant.Maps.Add(map);
        }

        foreach (ExternSpec symbol in obj.Externs)
        {
            mutant.Externs.Add(symbol);
        }

        mutant.Programs.Add(new ProgramSpec
        {
            Name = program.Name,
            Type = program.Type,
            AttachType = program.AttachType,
            AttachTarget = program.AttachTarget,
            Flags = program.Flags,
            Instructions = [.. code],
            Subprograms = program.Subprograms,
        });
        return mutant;
    }

    private static void Change(Instruction[] code, Random random)
    {
        int slot = random.Next(code.Length);
        if (IsWide(code, slot) || (slot > 0 && IsWide(code, slot - 1)))
        {
            return;
        }

        Instruction old = code[slot];
        if (old.Op == Op.Invalid)
        {
            return;
        }

        switch (random.Next(9))
        {
            case 0:
                code[slot] = new(old.Opcode, (Register)random.Next(11), old.Src, old.Offset, old.Imm);
                break;
            case 1 when OpcodeTable.Get(old.Op) is { Operand: Operand.Reg } or { Kind: OpKind.Load }:
                code[slot] = new(old.Opcode, old.Dst, (Register)random.Next(11), old.Offset, old.Imm);
                break;
            case 2 or 3 when OpcodeTable.Get(old.Op).Kind is OpKind.Load or OpKind.Store or OpKind.Atomic:
                short offset = (short)(old.Offset + random.Next(-9, 10));
                code[slot] = new(old.Opcode, old.Dst, old.Src, random.Next(3) == 0 ? (short)(8 * random.Next(-8, 8)) : offset, old.Imm);
                break;
            case 4 or 5 when OpcodeTable.Get(old.Op).Operand == Operand.Imm:
                int imm = random.Next(2) == 0 ? s_constants[random.Next(s_constants.Length)] : old.Imm + random.Next(-3, 4);
                code[slot] = new(old.Opcode, old.Dst, old.Src, old.Offset, imm);
                break;
            case 6:
                OpKind kind = OpcodeTable.Get(old.Op).Kind;
                OpcodeInfo[] same = [.. OpcodeTable.Rows.ToArray().Where(r => r.Kind == kind && r.Operand == OpcodeTable.Get(old.Op).Operand)];
                code[slot] = Instruction.Encode(same[random.Next(same.Length)].Op, old.Dst, old.Src, old.Offset, old.Imm);
                break;
            case 7:
                code[slot] = Instruction.Encode(Op.Mov64Reg, Register.R9, Register.R9);
                break;
            default:
                int other = random.Next(code.Length);
                bool isPlain = code[other].Op != Op.Invalid && OpcodeTable.Get(code[other].Op).Kind is OpKind.Alu or OpKind.Load or OpKind.Store
                    && OpcodeTable.Get(old.Op).Kind is OpKind.Alu or OpKind.Load or OpKind.Store;
                if (isPlain && !IsWide(code, other) && (other == 0 || !IsWide(code, other - 1)))
                {
                    (code[slot], code[other]) = (code[other], old);
                }

                break;
        }
    }

    private static bool IsWide(Instruction[] code, int slot) => code[slot].Opcode == 0x18;
}
