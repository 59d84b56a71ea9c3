using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <summary>A branch on one bit that only picks 1 or 0 is the bit itself; other constants are computed from it where that is shorter.</summary>
internal static class Diamonds
{
    public static bool Run(Function function)
    {
        bool changed = false;
        foreach (Block block in function.Blocks)
        {
            if (block.Terminator is not { Op: IrOp.Branch } branch || BitOf(branch, block) is not { } bit)
            {
                continue;
            }

            Block yes = Skip(branch.Targets[0]);
            Block no = Skip(branch.Targets[1]);
            if (!ReferenceEquals(yes, no) || ReferenceEquals(yes, block))
            {
                continue;
            }

            Block yesFrom = ReferenceEquals(yes, branch.Targets[0]) ? block : branch.Targets[0];
            Block noFrom = ReferenceEquals(no, branch.Targets[1]) ? block : branch.Targets[1];
            if (ReferenceEquals(yesFrom, noFrom))
            {
                continue;
            }

            int yesEdge = yes.Predecessors.IndexOf(yesFrom);
            int noEdge = yes.Predecessors.IndexOf(noFrom);
            Inst[] phis = [.. yes.Insts.TakeWhile(i => i.Op == IrOp.Phi)];
            if (phis.Length == 0 || !Array.TrueForAll(phis, p => IsBit(p, yesEdge, noEdge) || Same(p.Args[yesEdge], p.Args[noEdge])))
            {
                continue;
            }

            foreach (Inst phi in phis)
            {
                if (!Same(phi.Args[yesEdge], phi.Args[noEdge]))
                {
                    Inst picked = Pick(block, bit, phi.Args[yesEdge].Imm, phi.Args[noEdge].Imm);
                    phi.Args[yesEdge] = picked;
                    phi.Args[noEdge] = picked;
                }
            }

            // One way is enough now.
            Inst one = new(IrOp.Const, IrType.I32) { Imm = 1, Source = branch.Source };
            Inst zero = new(IrOp.Const, IrType.I32) { Source = branch.Source };
            block.Insert(block.Insts.Count - 1, one);
            block.Insert(block.Insts.Count - 1, zero);
            branch.Args.Clear();
            branch.Args.AddRange([one, zero]);
            branch.Cond = Cond.Ne;
            changed = true;
        }

        return changed;
    }

    // The value that is 1 on the first way and 0 on the second; it must stand in this block or above.
    private static Inst? BitOf(Inst branch, Block block)
    {
        (Inst a, Inst b) = (branch.Args[0], branch.Args[1]);
        if (a.Type != IrType.I32 || !b.IsConst)
        {
            return null;
        }

        if (branch.Cond == Cond.Ne && b.Imm == 0 && Ranges.Bits(a) == 1)
        {
            return a;
        }

        if (branch.Cond == Cond.Set && b.Imm == 1)
        {
            Inst bit = new(IrOp.And, IrType.I32, a, b) { Source = branch.Source };
            if (branch.Targets.All(t => t.Predecessors.Count >= 1))
            {
                block.Insert(block.Insts.Count - 1, bit);
                return bit;
            }
        }

        return null;
    }

    private static bool IsBit(Inst phi, int yes, int no)
    {
        if (phi.Type != IrType.I32 || !phi.Args[yes].IsConst || !phi.Args[no].IsConst)
        {
            return false;
        }

        long a = phi.Args[yes].Imm;
        long b = phi.Args[no].Imm;
        return (b == 0 && a > 0 && System.Numerics.BitOperations.IsPow2(a)) || a == b + 1 || a == b - 1;
    }

    // 0 or a power of two by a shift, neighbours by adding or subtracting the bit.
    private static Inst Pick(Block block, Inst bit, long yes, long no)
    {
        if (yes == 1 && no == 0)
        {
            return bit;
        }

        Inst Add(Inst inst)
        {
            inst.Source = bit.Source;
            return block.Insert(block.Insts.Count - 1, inst);
        }

        bool isShift = no == 0;
        Inst constant = Add(new Inst(IrOp.Const, IrType.I32)
        {
            Imm = isShift ? System.Numerics.BitOperations.TrailingZeroCount(yes) : no,
        });
        return isShift ? Add(new Inst(IrOp.Shl, IrType.I32, bit, constant))
            : yes == no + 1 ? Add(new Inst(IrOp.Add, IrType.I32, bit, constant))
            : Add(new Inst(IrOp.Sub, IrType.I32, constant, bit));
    }

    private static bool Same(Inst a, Inst b) => ReferenceEquals(a, b) || (a.IsConst && b.IsConst && a.Imm == b.Imm && a.Type == b.Type);

    private static Block Skip(Block block) =>
        block.Predecessors.Count == 1 && block.Terminator is { Op: IrOp.Jump } jump
        && block.Insts.TrueForAll(i => i.IsConst || i.IsTerminator) ? jump.Targets[0] : block;
}
