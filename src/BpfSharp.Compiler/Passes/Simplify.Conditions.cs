using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <remarks>Comparisons and branches.</remarks>
internal sealed partial class Simplify
{
    private Inst? VisitCompare(Inst inst)
    {
        NormaliseCondition(inst);
        (Inst a, Inst b) = (inst.Args[0], inst.Args[1]);
        if (KnownCondition(inst) is { } known)
        {
            return Constant(IrType.I32, known ? 1 : 0, inst);
        }

        // A bit that is not 0 is 1.
        if (inst.Cond == Cond.Ne && b is { IsConst: true, Imm: 0 } && a.Type == IrType.I32 && Ranges.Bits(a) == 1)
        {
            return a;
        }

        if (b.IsConst && b.Imm is 0 or 1 && a.Op == IrOp.Compare && inst.Cond is Cond.Eq or Cond.Ne)
        {
            bool same = inst.Cond == Cond.Ne == (b.Imm == 0);
            return same ? a : Insert(new Inst(IrOp.Compare, IrType.I32, a.Args[0], a.Args[1]) { Cond = a.Cond.Negate() }, inst);
        }

        return null;
    }

    private Inst? VisitBranch(Inst inst)
    {
        NormaliseCondition(inst);
        (Inst a, Inst b) = (inst.Args[0], inst.Args[1]);
        if (KnownCondition(inst) is { } known)
        {
            inst.Args[0] = Constant(IrType.I32, known ? 1 : 0, inst);
            inst.Args[1] = Constant(IrType.I32, 0, inst);
            inst.Cond = Cond.Ne;
            _changed |= !(a.IsConst && b.IsConst);
            return null;
        }

        if (b.IsConst && b.Imm is 0 or 1 && a.Op == IrOp.Compare && inst.Cond is Cond.Eq or Cond.Ne)
        {
            bool same = inst.Cond == Cond.Ne == (b.Imm == 0);
            inst.Cond = same ? a.Cond : a.Cond.Negate();
            inst.Args[0] = a.Args[0];
            inst.Args[1] = a.Args[1];
            _changed = true;
            return null;
        }

        if (b is { IsConst: true, Imm: 0 } && a is { Op: IrOp.And } && inst.Cond is Cond.Eq or Cond.Ne
            && _uses.GetValueOrDefault(a) == 1 && a.Type != IrType.Ptr)
        {
            inst.Cond = inst.Cond == Cond.Ne ? Cond.Set : Cond.NotSet;
            inst.Args[0] = a.Args[0];
            inst.Args[1] = a.Args[1];
            _changed = true;
        }

        return null;
    }

    private static bool? KnownCondition(Inst inst)
    {
        (Inst a, Inst b) = (inst.Args[0], inst.Args[1]);
        if (a.IsConst && b.IsConst)
        {
            return inst.Cond.Holds(a.Imm, b.Imm, a.Type);
        }

        if (ReferenceEquals(a, b) && inst.Cond is not (Cond.Set or Cond.NotSet))
        {
            return inst.Cond is Cond.Eq or Cond.Uge or Cond.Ule or Cond.Sge or Cond.Sle;
        }

        if (b is { IsConst: true, Imm: 0 })
        {
            if (IsAddressOfVariable(a) && inst.Cond is Cond.Eq or Cond.Ne)
            {
                return inst.Cond == Cond.Ne;
            }

            if (inst.Cond is Cond.Ult or Cond.Uge)
            {
                return inst.Cond == Cond.Uge;
            }
        }

        if (b.IsConst && a.Type != IrType.Ptr)
        {
            int bits = Ranges.Bits(a, proved: true);
            ulong limit = a.Type == IrType.I32 ? (uint)b.Imm : (ulong)b.Imm;
            if (bits < 64 && limit >> bits != 0)
            {
                return inst.Cond switch
                {
                    Cond.Eq or Cond.Ugt or Cond.Uge => false,
                    Cond.Ne or Cond.Ult or Cond.Ule => true,
                    Cond.Slt or Cond.Sle or Cond.Sgt or Cond.Sge or Cond.Set or Cond.NotSet => null,
                    _ => null,
                };
            }

            bool isSigned = inst.Cond is Cond.Slt or Cond.Sge && b.Imm <= 0;
            if (isSigned && Ranges.IsNonNegative(a, proved: true))
            {
                return inst.Cond == Cond.Sge;
            }
        }

        return null;
    }

    private void NormaliseCondition(Inst inst)
    {
        (Inst a, Inst b) = (inst.Args[0], inst.Args[1]);
        if (a.IsConst && !b.IsConst)
        {
            (inst.Args[0], inst.Args[1]) = (b, a);
            inst.Cond = inst.Cond.Swap();
            _changed = true;
            (a, b) = (inst.Args[0], inst.Args[1]);
        }

        if (!b.IsConst)
        {
            return;
        }

        // A byte-swapped value against a constant: swap the constant, once, here.
        if (inst.Cond is Cond.Eq or Cond.Ne && a is { Op: IrOp.Bswap } && Ranges.Bits(a.Args[0]) <= a.Imm * 8
            && Ranges.Bits(b) <= a.Imm * 8)
        {
            inst.Args[0] = a.Args[0];
            inst.Args[1] = Constant(b.Type, Folding.Fold(a, _ => b.Imm) ?? 0, inst);
            _changed = true;
        }
        else if (a is { Op: IrOp.Zext } && _uses.GetValueOrDefault(a) == 1 && (ulong)b.Imm <= uint.MaxValue
            && inst.Cond is Cond.Eq or Cond.Ne or Cond.Ult or Cond.Ule or Cond.Ugt or Cond.Uge)
        {
            inst.Args[0] = a.Args[0];
            inst.Args[1] = Constant(IrType.I32, b.Imm, inst);
            _changed = true;
        }
        else if (a is { Op: IrOp.Sext, Imm: 32 } && _uses.GetValueOrDefault(a) == 1 && b.Imm == (int)b.Imm
            && inst.Cond is not (Cond.Set or Cond.NotSet) && a.Args[0].Type == IrType.I32)
        {
            inst.Args[0] = a.Args[0];
            inst.Args[1] = Constant(IrType.I32, b.Imm, inst);
            _changed = true;
        }
        else if (inst.Cond == Cond.Ult && b.Imm == 1)
        {
            inst.Cond = Cond.Eq;
            inst.Args[1] = Constant(b.Type, 0, inst);
            _changed = true;
        }
        else if (inst.Cond == Cond.Ugt && b.Imm == 0)
        {
            inst.Cond = Cond.Ne;
            _changed = true;
        }
    }
}
