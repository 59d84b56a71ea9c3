using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <summary>What is known of a value's bits.</summary>
internal static class Ranges
{
    /// <summary>Number of low bits that may be set when the value is read as unsigned (of its own width).</summary>
    /// <param name="value">The value.</param>
    /// <param name="depth">How deep the question is.</param>
    /// <param name="proved">
    /// Only what the kernel's verifier finds as well. It knows nothing of a quotient, a remainder or swapped bytes: who leaves out a test or
    /// a mask because of those leaves the verifier without a bound, and the program is refused.
    /// </param>
    public static int Bits(Inst value, int depth = 0, bool proved = false)
    {
        int width = value.Type == IrType.I32 ? 32 : 64;
        if (depth > 6)
        {
            return width;
        }

        switch (value.Op)
        {
            case IrOp.Const:
                ulong bits = value.Type == IrType.I32 ? (uint)value.Imm : (ulong)value.Imm;
                return 64 - System.Numerics.BitOperations.LeadingZeroCount(bits);
            case IrOp.Load:
                return value.Signed ? width : Math.Min(width, value.Width * 8);
            case IrOp.Compare:
                return 1;
            case IrOp.Bswap or IrOp.UDiv or IrOp.URem when proved:
                return width;
            case IrOp.Bswap:
                return Math.Min(width, (int)value.Imm * 8);
            case IrOp.Zext:
                return Math.Min(32, Bits(value.Args[0], depth + 1, proved));
            case IrOp.Trunc:
                return Math.Min(32, Bits(value.Args[0], depth + 1, proved));
            case IrOp.And:
                return Math.Min(Bits(value.Args[0], depth + 1, proved), Bits(value.Args[1], depth + 1, proved));
            case IrOp.Or or IrOp.Xor:
                return Math.Max(Bits(value.Args[0], depth + 1, proved), Bits(value.Args[1], depth + 1, proved));
            case IrOp.Add:
                return Math.Min(width, Math.Max(Bits(value.Args[0], depth + 1, proved), Bits(value.Args[1], depth + 1, proved)) + 1);
            case IrOp.Mul:
                return Math.Min(width, Bits(value.Args[0], depth + 1, proved) + Bits(value.Args[1], depth + 1, proved));
            case IrOp.Shr when value.Args[1].IsConst:
                return Math.Max(0, Bits(value.Args[0], depth + 1, proved) - ((int)value.Args[1].Imm & (width - 1)));
            case IrOp.Shl when value.Args[1].IsConst:
                return Math.Min(width, Bits(value.Args[0], depth + 1, proved) + ((int)value.Args[1].Imm & (width - 1)));
            case IrOp.UDiv:
                return Bits(value.Args[0], depth + 1, proved);
            case IrOp.URem:
                return Math.Min(Bits(value.Args[0], depth + 1, proved), Bits(value.Args[1], depth + 1, proved));
            case IrOp.Sar or IrOp.Sext:
                int inner = Bits(value.Args[0], depth + 1, proved);
                int sign = value.Op == IrOp.Sext ? (int)value.Imm : width;
                return inner < sign ? inner : width;
            case IrOp.Phi:
                int most = 0;
                foreach (Inst arg in value.Args)
                {
                    if (!ReferenceEquals(arg, value))
                    {
                        most = Math.Max(most, IsStep(arg, value) ? 64 : Bits(arg, depth + 2, proved));
                    }
                }

                return most > width && IsCounter(value) ? 31 : Math.Min(most, width);
            case IrOp.Undef or IrOp.Param or IrOp.Sub or IrOp.SDiv or IrOp.SRem or IrOp.Neg or IrOp.Opaque or IrOp.Alloca
                or IrOp.Store or IrOp.Atomic or IrOp.MapRef or IrOp.MapValue or IrOp.FuncRef or IrOp.ExternRef
                or IrOp.LostCounter or IrOp.Core or IrOp.CallHelper or IrOp.CallLocal or IrOp.CallKfunc or IrOp.Jump
                or IrOp.Branch or IrOp.MayGoto or IrOp.Return or IrOp.Unreachable or IrOp.Shr or IrOp.Shl:
                return value.Op == IrOp.Shr ? Bits(value.Args[0], depth + 1, proved) : width;
            default:
                return width;
        }
    }

    /// <summary>Whether a value read as signed is surely not negative.</summary>
    public static bool IsNonNegative(Inst value, bool proved = false)
    {
        int width = value.Type == IrType.I32 ? 32 : 64;
        if (Bits(value, proved: proved) < width)
        {
            return true;
        }

        // counter + 1, where the counter was below a bound
        return value.Op == IrOp.Add && value.Args[1] is { IsConst: true, Imm: 1 } && value.Args[0].Op == IrOp.Phi
            && IsCounter(value.Args[0]);
    }

    /// <summary>The greatest value of a counter that starts at a constant and goes on only while it is below another constant.</summary>
    public static long? CounterLimit(Inst phi)
    {
        if (phi.Op != IrOp.Phi || !IsCounter(phi))
        {
            return null;
        }

        long most = 0;
        for (int i = 0; i < phi.Args.Count; i++)
        {
            if (phi.Args[i].IsConst)
            {
                most = Math.Max(most, phi.Args[i].Imm);
                continue;
            }

            // Only a test of the step at the end of the loop bounds the counter itself.
            if (phi.Block!.Predecessors[i].Terminator is not { Op: IrOp.Branch } bottom
                || !ReferenceEquals(bottom.Args[0], phi.Args[i]) || !bottom.Args[1].IsConst)
            {
                return null;
            }

            Cond cond = ReferenceEquals(bottom.Targets[0], phi.Block) ? bottom.Cond : bottom.Cond.Negate();
            long bound = (int)bottom.Args[1].Imm;
            if (bound < 0 || cond is not (Cond.Slt or Cond.Ult or Cond.Sle or Cond.Ule))
            {
                return null;
            }

            most = Math.Max(most, cond is Cond.Slt or Cond.Ult ? bound - 1 : bound);
        }

        return most;
    }

    private static bool IsStep(Inst value, Inst phi) =>
        value.Op == IrOp.Add && ReferenceEquals(value.Args[0], phi) && value.Args[1] is { IsConst: true, Imm: 1 };

    /// <summary>
    /// Whether a 32-bit phi counts up by one from a constant that is not negative and only goes on while it is below something:
    /// then it cannot wrap.
    /// </summary>
    private static bool IsCounter(Inst phi)
    {
        if (phi.Type != IrType.I32 || phi.Block is not { } header)
        {
            return false;
        }

        for (int i = 0; i < phi.Args.Count; i++)
        {
            Inst arg = phi.Args[i];
            if (arg.IsConst)
            {
                if ((int)arg.Imm is < 0 or int.MaxValue)
                {
                    return false;
                }

                continue;
            }

            if (!IsStep(arg, phi) || i >= header.Predecessors.Count || !IsGuarded(arg, phi, header.Predecessors[i], header))
            {
                return false;
            }
        }

        return true;
    }

    // The back edge, or the way to the step, is taken only if step < x or counter < x (signed).
    private static bool IsGuarded(Inst step, Inst phi, Block latch, Block header)
    {
        if (latch.Terminator is { Op: IrOp.Branch } bottom)
        {
            Cond cond = ReferenceEquals(bottom.Targets[0], header) ? bottom.Cond : bottom.Cond.Negate();
            if (Proves(bottom, cond, step))
            {
                return true;
            }
        }

        for (Block? block = step.Block; block?.Dominator is { } above; block = above)
        {
            if (block.Predecessors.Count == 1 && above.Terminator is { Op: IrOp.Branch } test
                && ReferenceEquals(block.Predecessors[0], above))
            {
                Cond cond = ReferenceEquals(test.Targets[0], block) ? test.Cond : test.Cond.Negate();
                if (Proves(test, cond, phi))
                {
                    return true;
                }
            }

            if (ReferenceEquals(block, header))
            {
                break;
            }
        }

        return false;
    }

    private static bool Proves(Inst branch, Cond cond, Inst value) =>
        (ReferenceEquals(branch.Args[0], value) && (cond == Cond.Slt
            || (cond is Cond.Sle or Cond.Ule && branch.Args[1].IsConst && (int)branch.Args[1].Imm is >= 0 and < int.MaxValue)
            || (cond == Cond.Ult && branch.Args[1].IsConst && (int)branch.Args[1].Imm >= 0)))
        || (ReferenceEquals(branch.Args[1], value) && cond == Cond.Sgt);
}
