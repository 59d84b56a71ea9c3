using BpfSharp.Compiler.Ir;
using BpfSharp.Isa;

namespace BpfSharp.Compiler.Emit;

/// <remarks>Branches and their instructions.</remarks>
internal sealed partial class Selector
{
    private void SelectBranch(Inst inst)
    {
        (Inst a, Inst b) = (inst.Args[0], inst.Args[1]);
        Cond cond = inst.Cond;
        (Block yes, Block no) = (inst.Targets[0], inst.Targets[1]);
        if (cond == Cond.NotSet)
        {
            cond = Cond.Set;
            (yes, no) = (no, yes);
        }

        bool narrow = a.Type == IrType.I32 && Has32;
        bool immediate = FitsImmediate(b);
        if (_cpuLevel < 2 && cond is Cond.Ult or Cond.Ule or Cond.Slt or Cond.Sle)
        {
            if (immediate)
            {
                cond = cond.Negate();
                (yes, no) = (no, yes);
            }
            else
            {
                cond = cond.Swap();
                (a, b) = (b, a);
                immediate = FitsImmediate(b);
            }
        }

        int left = Use(a);
        int right = immediate ? -1 : Use(b);
        Emit(new MachineInst
        {
            Kind = MachineKind.Branch,
            Op = BranchOp(cond, narrow, immediate),
            Dst = left,
            Src = right,
            Imm = immediate ? (int)b.Imm : 0,
            Target = _blocks[yes],
            Otherwise = _blocks[no],
            Source = _source,
        });
    }

    public static Op BranchOp(Cond cond, bool narrow, bool immediate) => (cond, narrow, immediate) switch
    {
        (Cond.Eq, false, true) => Op.Jeq64Imm,
        (Cond.Eq, false, false) => Op.Jeq64Reg,
        (Cond.Eq, true, true) => Op.Jeq32Imm,
        (Cond.Eq, true, false) => Op.Jeq32Reg,
        (Cond.Ne, false, true) => Op.Jne64Imm,
        (Cond.Ne, false, false) => Op.Jne64Reg,
        (Cond.Ne, true, true) => Op.Jne32Imm,
        (Cond.Ne, true, false) => Op.Jne32Reg,
        (Cond.Ult, false, true) => Op.Jlt64Imm,
        (Cond.Ult, false, false) => Op.Jlt64Reg,
        (Cond.Ult, true, true) => Op.Jlt32Imm,
        (Cond.Ult, true, false) => Op.Jlt32Reg,
        (Cond.Ule, false, true) => Op.Jle64Imm,
        (Cond.Ule, false, false) => Op.Jle64Reg,
        (Cond.Ule, true, true) => Op.Jle32Imm,
        (Cond.Ule, true, false) => Op.Jle32Reg,
        (Cond.Ugt, false, true) => Op.Jgt64Imm,
        (Cond.Ugt, false, false) => Op.Jgt64Reg,
        (Cond.Ugt, true, true) => Op.Jgt32Imm,
        (Cond.Ugt, true, false) => Op.Jgt32Reg,
        (Cond.Uge, false, true) => Op.Jge64Imm,
        (Cond.Uge, false, false) => Op.Jge64Reg,
        (Cond.Uge, true, true) => Op.Jge32Imm,
        (Cond.Uge, true, false) => Op.Jge32Reg,
        (Cond.Slt, false, true) => Op.Jslt64Imm,
        (Cond.Slt, false, false) => Op.Jslt64Reg,
        (Cond.Slt, true, true) => Op.Jslt32Imm,
        (Cond.Slt, true, false) => Op.Jslt32Reg,
        (Cond.Sle, false, true) => Op.Jsle64Imm,
        (Cond.Sle, false, false) => Op.Jsle64Reg,
        (Cond.Sle, true, true) => Op.Jsle32Imm,
        (Cond.Sle, true, false) => Op.Jsle32Reg,
        (Cond.Sgt, false, true) => Op.Jsgt64Imm,
        (Cond.Sgt, false, false) => Op.Jsgt64Reg,
        (Cond.Sgt, true, true) => Op.Jsgt32Imm,
        (Cond.Sgt, true, false) => Op.Jsgt32Reg,
        (Cond.Sge, false, true) => Op.Jsge64Imm,
        (Cond.Sge, false, false) => Op.Jsge64Reg,
        (Cond.Sge, true, true) => Op.Jsge32Imm,
        (Cond.Sge, true, false) => Op.Jsge32Reg,
        (_, false, true) => Op.Jset64Imm,
        (_, false, false) => Op.Jset64Reg,
        (_, true, true) => Op.Jset32Imm,
        (_, true, false) => Op.Jset32Reg,
    };
}
