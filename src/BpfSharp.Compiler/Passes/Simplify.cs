using System.Numerics;
using BpfSharp.Compiler.Front;
using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <summary>Folds constants and rewrites single instructions to cheaper ones; never combines comparisons of different values.</summary>
internal sealed partial class Simplify(Function function, ObjectContext context)
{
    private readonly Dictionary<Inst, Inst> _replaced = [];
    private Dictionary<Inst, int> _uses = [];
    private Block _block = null!;
    private int _index;
    private bool _changed;

    public bool Run()
    {
        bool any = false;
        for (int round = 0; round < 8; round++)
        {
            _changed = false;
            _replaced.Clear();
            _uses = function.CountUses();
            foreach (Block block in function.Blocks)
            {
                _block = block;
                for (_index = 0; _index < block.Insts.Count; _index++)
                {
                    Inst inst = block.Insts[_index];
                    for (int i = 0; i < inst.Args.Count; i++)
                    {
                        inst.Args[i] = Function.Follow(_replaced, inst.Args[i]);
                    }

                    if (Visit(inst) is { } better && !ReferenceEquals(better, inst))
                    {
                        _replaced[inst] = better;
                        _changed = true;
                    }
                }
            }

            function.Replace(_replaced);
            foreach (Block block in function.Blocks)
            {
                block.Insts.RemoveAll(_replaced.ContainsKey);
            }

            any |= _changed;
            if (!_changed)
            {
                break;
            }
        }

        return any;
    }

    private Inst Insert(Inst inst, Inst near)
    {
        inst.Source = near.Source;
        _block.Insert(_index++, inst);
        return inst;
    }

    private Inst Constant(IrType type, long value, Inst near)
    {
        if (type == IrType.I32)
        {
            value = (int)value;
        }

        if (near.Op != IrOp.Phi)
        {
            return Insert(new Inst(IrOp.Const, type) { Imm = value }, near);
        }

        // Behind the phis of the block.
        int at = _index;
        while (at < _block.Insts.Count && _block.Insts[at].Op == IrOp.Phi)
        {
            at++;
        }

        return _block.Insert(at, new Inst(IrOp.Const, type) { Imm = value, Source = near.Source });
    }

    private Inst? Visit(Inst inst)
    {
        if (inst.IsPure && inst.Args.Count > 0 && inst.Op != IrOp.Opaque
            && Folding.Fold(inst, a => a.IsConst ? a.Imm : null) is { } folded)
        {
            return Constant(inst.Type, folded, inst);
        }

        return inst.Op switch
        {
            IrOp.Add => VisitAdd(inst),
            IrOp.Sub => VisitSub(inst),
            IrOp.Mul => VisitMul(inst),
            IrOp.And => VisitAnd(inst),
            IrOp.Or or IrOp.Xor => VisitOr(inst),
            IrOp.Shl or IrOp.Shr or IrOp.Sar => VisitShift(inst),
            IrOp.UDiv or IrOp.URem or IrOp.SDiv or IrOp.SRem => VisitDivision(inst),
            IrOp.Zext => VisitZext(inst),
            IrOp.Sext => VisitSext(inst),
            IrOp.Trunc => VisitTrunc(inst),
            IrOp.Bswap => inst.Args[0] is { Op: IrOp.Bswap } twice && twice.Imm == inst.Imm
                && Ranges.Bits(twice.Args[0]) <= inst.Imm * 8 ? twice.Args[0] : null,
            IrOp.Compare => VisitCompare(inst),
            IrOp.Branch => VisitBranch(inst),
            IrOp.Load => VisitLoad(inst),
            IrOp.Store => VisitStore(inst),
            IrOp.Atomic => FoldAddress(inst),
            IrOp.Phi => VisitPhi(inst),
            IrOp.CallHelper => VisitHelper(inst),
            IrOp.Const or IrOp.Param or IrOp.Undef or IrOp.Neg or IrOp.Opaque or IrOp.Alloca or IrOp.MapRef or IrOp.MapValue
                or IrOp.FuncRef or IrOp.ExternRef or IrOp.LostCounter or IrOp.Core or IrOp.CallLocal
                or IrOp.CallKfunc or IrOp.Jump or IrOp.MayGoto or IrOp.Return or IrOp.Unreachable => null,
            _ => null,
        };
    }

    // No rounds: the kernel's verifier drops the callback that is never called and then misses it (EFAULT).
    private Inst? VisitHelper(Inst inst)
    {
        const int loop = 181;
        return inst.Imm == loop && inst.Args.Count == 4 && inst.Args[0] is { IsConst: true } rounds && (uint)rounds.Imm == 0
            && inst.Args[3] is { IsConst: true, Imm: 0 } ? Constant(inst.Type, 0, inst) : null;
    }

    private bool Commute(Inst inst)
    {
        if (inst.Args[0].IsConst && !inst.Args[1].IsConst && inst.Args[1].Type != IrType.Void)
        {
            (inst.Args[0], inst.Args[1]) = (inst.Args[1], inst.Args[0]);
            _changed = true;
            return true;
        }

        return false;
    }

    private Inst? VisitAdd(Inst inst)
    {
        Commute(inst);
        (Inst a, Inst b) = (inst.Args[0], inst.Args[1]);
        if (b.IsConst && b.Imm == 0 && a.Type == inst.Type)
        {
            return a;
        }

        if (b.IsConst && a is { Op: IrOp.Add } && a.Args[1].IsConst && a.Type == inst.Type)
        {
            inst.Args[0] = a.Args[0];
            inst.Args[1] = Constant(b.Type, a.Args[1].Imm + b.Imm, inst);
            _changed = true;
        }

        return null;
    }

    private Inst? VisitSub(Inst inst)
    {
        (Inst a, Inst b) = (inst.Args[0], inst.Args[1]);
        if (b.IsConst)
        {
            if (b.Imm == 0)
            {
                return a;
            }

            inst.Op = IrOp.Add;
            inst.Args[1] = Constant(b.Type, -b.Imm, inst);
            _changed = true;
            return null;
        }

        if (ReferenceEquals(a, b) && inst.Type != IrType.Ptr)
        {
            return Constant(inst.Type, 0, inst);
        }

        if (a.IsConst && a.Imm == 0 && b.Type == inst.Type && inst.Type != IrType.Ptr)
        {
            inst.Op = IrOp.Neg;
            inst.Args.RemoveAt(0);
            _changed = true;
        }

        return null;
    }

    private Inst? VisitMul(Inst inst)
    {
        Commute(inst);
        Inst b = inst.Args[1];
        if (!b.IsConst)
        {
            return null;
        }

        if (b.Imm is 0 or 1)
        {
            return b.Imm == 0 ? Constant(inst.Type, 0, inst) : inst.Args[0];
        }

        ulong factor = inst.Type == IrType.I32 ? (uint)b.Imm : (ulong)b.Imm;
        if (BitOperations.IsPow2(factor))
        {
            inst.Op = IrOp.Shl;
            inst.Args[1] = Constant(b.Type, BitOperations.TrailingZeroCount(factor), inst);
            _changed = true;
        }

        return null;
    }

    private Inst? VisitAnd(Inst inst)
    {
        Commute(inst);
        (Inst a, Inst b) = (inst.Args[0], inst.Args[1]);
        if (ReferenceEquals(a, b))
        {
            return a;
        }

        if (!b.IsConst)
        {
            return null;
        }

        ulong mask = inst.Type == IrType.I32 ? (uint)b.Imm : (ulong)b.Imm;
        if (mask == 0)
        {
            return Constant(inst.Type, 0, inst);
        }

        int low = BitOperations.TrailingZeroCount(~mask);
        // The mask right behind swapped bytes is the conversion C# puts there, not a bound somebody wrote for the verifier.
        if (mask == (low >= 64 ? ulong.MaxValue : (1UL << low) - 1) && Ranges.Bits(a, proved: a.Op != IrOp.Bswap) <= low)
        {
            return a;
        }

        if (a is { Op: IrOp.And } && a.Args[1].IsConst)
        {
            inst.Args[0] = a.Args[0];
            inst.Args[1] = Constant(b.Type, a.Args[1].Imm & b.Imm, inst);
            _changed = true;
        }

        // What a narrower mask drops anyway need not be computed first.
        if (a is { Op: IrOp.Sext } && low == 64 - BitOperations.LeadingZeroCount(mask) && a.Imm >= low && a.Args[0].Type == inst.Type)
        {
            inst.Args[0] = a.Args[0];
            _changed = true;
        }

        return null;
    }

    private Inst? VisitOr(Inst inst)
    {
        Commute(inst);
        (Inst a, Inst b) = (inst.Args[0], inst.Args[1]);
        if (b.IsConst && b.Imm == 0)
        {
            return a;
        }

        if (ReferenceEquals(a, b))
        {
            return inst.Op == IrOp.Or ? a : Constant(inst.Type, 0, inst);
        }

        if (inst.Op == IrOp.Xor && b is { IsConst: true, Imm: 1 } && a.Op == IrOp.Compare && inst.Type == IrType.I32)
        {
            return Insert(new Inst(IrOp.Compare, IrType.I32, a.Args[0], a.Args[1]) { Cond = a.Cond.Negate() }, inst);
        }

        return null;
    }

    private Inst? VisitShift(Inst inst)
    {
        (Inst a, Inst b) = (inst.Args[0], inst.Args[1]);
        int mask = inst.Type == IrType.I32 ? 31 : 63;
        if (b.IsConst)
        {
            if ((b.Imm & mask) == 0)
            {
                return a;
            }

            if (b.Imm != (b.Imm & mask))
            {
                inst.Args[1] = Constant(b.Type, b.Imm & mask, inst);
                _changed = true;
            }

            if (inst.Op == IrOp.Sar && Ranges.Bits(a) < mask + 1)
            {
                inst.Op = IrOp.Shr;
                _changed = true;
            }

            if (inst.Op == IrOp.Shr && Ranges.Bits(a) <= (b.Imm & mask))
            {
                return Constant(inst.Type, 0, inst);
            }

            return null;
        }

        // The machine takes the amount modulo the width, as C# does.
        if (b is { Op: IrOp.And } && b.Args[1].IsConst && (b.Args[1].Imm & mask) == mask)
        {
            inst.Args[1] = b.Args[0];
            _changed = true;
        }

        return null;
    }

    private Inst? VisitDivision(Inst inst)
    {
        (Inst a, Inst b) = (inst.Args[0], inst.Args[1]);
        if (inst.Op is IrOp.SDiv or IrOp.SRem && Ranges.IsNonNegative(a) && Ranges.IsNonNegative(b) && b is not { IsConst: true, Imm: 0 })
        {
            inst.Op = inst.Op == IrOp.SDiv ? IrOp.UDiv : IrOp.URem;
            _changed = true;
        }

        if (!b.IsConst)
        {
            return null;
        }

        if (b.Imm == 1)
        {
            return inst.Op is IrOp.UDiv or IrOp.SDiv ? a : Constant(inst.Type, 0, inst);
        }

        ulong divisor = inst.Type == IrType.I32 ? (uint)b.Imm : (ulong)b.Imm;
        if (inst.Op is IrOp.UDiv or IrOp.URem && BitOperations.IsPow2(divisor))
        {
            long value = inst.Op == IrOp.UDiv ? BitOperations.TrailingZeroCount(divisor) : (long)(divisor - 1);
            inst.Args[1] = Constant(b.Type, value, inst);
            inst.Op = inst.Op == IrOp.UDiv ? IrOp.Shr : IrOp.And;
            _changed = true;
        }

        return null;
    }

    private Inst? VisitZext(Inst inst)
    {
        Inst a = inst.Args[0];
        if (a is { Op: IrOp.Trunc } && Ranges.Bits(a.Args[0], proved: true) <= 32)
        {
            return a.Args[0];
        }

        // A narrow unsigned load is wide already; loads of variables are left for promotion, which needs them alike.
        if (a is { Op: IrOp.Load, Signed: false, Width: < 8 } && _uses.GetValueOrDefault(a) == 1 && !IsAddressOfVariable(a.Args[0]))
        {
            a.Type = IrType.I64;
            return a;
        }

        return null;
    }

    private Inst? VisitSext(Inst inst)
    {
        Inst a = inst.Args[0];
        if (Ranges.Bits(a) < inst.Imm || (inst.Imm == 32 && a.Type == IrType.I32 && Ranges.IsNonNegative(a)))
        {
            return a.Type == inst.Type ? a : Insert(new Inst(IrOp.Zext, IrType.I64, a), inst);
        }

        if (a is { Op: IrOp.Sext } && a.Imm <= inst.Imm && a.Type == inst.Type)
        {
            return a;
        }

        if (a is { Op: IrOp.Sext } && a.Imm <= inst.Imm)
        {
            inst.Imm = a.Imm;
            inst.Args[0] = a.Args[0];
            _changed = true;
        }

        return null;
    }

    private Inst? VisitTrunc(Inst inst)
    {
        Inst a = inst.Args[0];
        switch (a.Op)
        {
            case IrOp.Zext or IrOp.Sext when a.Args[0].Type == IrType.I32 && (a.Op == IrOp.Zext || a.Imm == 32):
                return a.Args[0];
            case IrOp.Sext when a.Args[0].Type == IrType.I32:
                return Insert(new Inst(IrOp.Sext, IrType.I32, a.Args[0]) { Imm = a.Imm }, inst);
            case IrOp.And or IrOp.Or or IrOp.Xor or IrOp.Add or IrOp.Sub or IrOp.Mul when _uses.GetValueOrDefault(a) == 1
                && a.Args.TrueForAll(x => x.Type == IrType.I64 && (x.IsConst || x.Op is IrOp.Zext or IrOp.Sext)):
                return Insert(new Inst(a.Op, IrType.I32, Narrow(a.Args[0], inst), Narrow(a.Args[1], inst)), inst);
            default:
                return null;
        }
    }

    private Inst Narrow(Inst value, Inst near) => value.IsConst
        ? Constant(IrType.I32, value.Imm, near)
        : Insert(new Inst(IrOp.Trunc, IrType.I32, value), near);

    private Inst? VisitPhi(Inst inst)
    {
        Inst? first = null;
        foreach (Inst arg in inst.Args)
        {
            if (ReferenceEquals(arg, inst))
            {
                continue;
            }

            if (first is not null && !ReferenceEquals(first, arg)
                && !(first.IsConst && arg.IsConst && first.Imm == arg.Imm && first.Type == arg.Type))
            {
                return null;
            }

            first ??= arg;
        }

        return first is { IsConst: true } ? Constant(inst.Type, first.Imm, inst) : first;
    }

    private static bool IsAddressOfVariable(Inst value) =>
        Addresses.Split(value).Base.Op is IrOp.Alloca or IrOp.MapValue or IrOp.MapRef or IrOp.FuncRef;
}
