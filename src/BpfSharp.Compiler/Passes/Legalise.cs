using System.Numerics;
using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <summary>Replaces what a cpu level has no instruction for.</summary>
internal sealed class Legalise(Function function, int cpuLevel)
{
    private Block _block = null!;
    private int _index;
    private Inst _near = null!;
    private readonly Dictionary<Inst, Inst> _replaced = [];

    public void Run()
    {
        foreach (Block block in function.Blocks)
        {
            _block = block;
            for (_index = 0; _index < block.Insts.Count; _index++)
            {
                Inst inst = block.Insts[_index];
                _near = inst;
                for (int i = 0; i < inst.Args.Count; i++)
                {
                    inst.Args[i] = Function.Follow(_replaced, inst.Args[i]);
                }

                if (Visit(inst) is { } better)
                {
                    _replaced[inst] = better;
                }
            }
        }

        function.Replace(_replaced);
        foreach (Block block in function.Blocks)
        {
            block.Insts.RemoveAll(_replaced.ContainsKey);
        }

        if (cpuLevel < 3)
        {
            Widen();
        }

        LowerCompares();
    }

    private Inst Add(Inst inst)
    {
        inst.Source = _near.Source;
        return _block.Insert(_index++, inst);
    }

    private Inst Constant(IrType type, long value) => Add(new Inst(IrOp.Const, type) { Imm = value });

    private Inst Binary(IrOp op, Inst a, Inst b) => Add(new Inst(op, a.Type, a, b));

    private Inst Binary(IrOp op, Inst a, long b) => Binary(op, a, Constant(a.Type, b));

    private Inst? Visit(Inst inst)
    {
        switch (inst.Op)
        {
            case IrOp.SDiv or IrOp.SRem when cpuLevel < 4:
                return SignedDivision(inst);
            case IrOp.Load when inst.Signed && inst.Width < 4 && cpuLevel < 4:
                {
                    inst.Signed = false;
                    IrType type = inst.Type;
                    Inst wide = new(IrOp.Sext, type, inst) { Imm = inst.Width * 8, Source = inst.Source };
                    _block.Insert(++_index, wide);
                    ReplaceUses(inst, wide);
                    _index--;
                    return null;
                }

            case IrOp.Load when inst.Signed && inst.Width == 4 && inst.Type == IrType.I32:
                inst.Signed = false; // the upper half of an I32 may hold anything
                return null;
            case IrOp.Sext when cpuLevel < 4:
                {
                    Inst value = inst.Args[0];
                    if (inst.Type == IrType.I64 && value.Type == IrType.I32)
                    {
                        // Only the low bits matter: shifting up drops the rest.
                        value = Add(new Inst(IrOp.Opaque, IrType.I64, value) { Imm = 1 });
                    }

                    int shift = (inst.Type == IrType.I32 ? 32 : 64) - (int)inst.Imm;
                    return Binary(IrOp.Sar, Binary(IrOp.Shl, value, shift), shift);
                }

            default:
                return null;
        }
    }

    private void ReplaceUses(Inst old, Inst next)
    {
        foreach (Inst user in function.AllInsts)
        {
            if (ReferenceEquals(user, next))
            {
                continue;
            }

            for (int i = 0; i < user.Args.Count; i++)
            {
                if (ReferenceEquals(user.Args[i], old))
                {
                    user.Args[i] = next;
                }
            }
        }
    }

    // C# rounds towards zero. Powers of two by shifts; the rest on absolute values with the signs put back.
    private Inst? SignedDivision(Inst inst)
    {
        (Inst a, Inst b) = (inst.Args[0], inst.Args[1]);
        int bits = inst.Type == IrType.I32 ? 32 : 64;
        if (b.IsConst && b.Imm > 0 && BitOperations.IsPow2(b.Imm))
        {
            int shift = BitOperations.TrailingZeroCount(b.Imm);
            Inst bias = Binary(IrOp.Shr, shift == 1 ? a : Binary(IrOp.Sar, a, bits - 1), bits - shift);
            Inst sum = Binary(IrOp.Add, a, bias);
            return inst.Op == IrOp.SDiv
                ? Binary(IrOp.Sar, sum, shift)
                : Binary(IrOp.Sub, a, Binary(IrOp.And, sum, -b.Imm));
        }

        Inst signA = Binary(IrOp.Sar, a, bits - 1);
        Inst absA = Binary(IrOp.Sub, Binary(IrOp.Xor, a, signA), signA);
        Inst? signB = b.IsConst ? null : Binary(IrOp.Sar, b, bits - 1);
        Inst absB = signB is null
            ? Constant(b.Type, b.Imm == long.MinValue ? b.Imm : Math.Abs(b.Imm))
            : Binary(IrOp.Sub, Binary(IrOp.Xor, b, signB), signB);
        if (inst.Op == IrOp.SRem)
        {
            Inst rest = Binary(IrOp.URem, absA, absB);
            return Binary(IrOp.Sub, Binary(IrOp.Xor, rest, signA), signA);
        }

        Inst quotient = Binary(IrOp.UDiv, absA, absB);
        Inst sign = signB is not null ? Binary(IrOp.Xor, signA, signB)
            : b.Imm < 0 ? Binary(IrOp.Xor, signA, -1) : signA;
        return Binary(IrOp.Sub, Binary(IrOp.Xor, quotient, sign), sign);
    }

    // Before level 3 there is no 32-bit arithmetic: 64-bit instructions, operands extended where upper bits matter.
    private void Widen()
    {
        Dictionary<Inst, Inst> replaced = [];
        foreach (Block block in function.Blocks)
        {
            _block = block;
            for (_index = 0; _index < block.Insts.Count; _index++)
            {
                Inst inst = block.Insts[_index];
                _near = inst;
                bool narrow = inst.Type == IrType.I32;
                bool compares32 = inst.Op is IrOp.Compare or IrOp.Branch && inst.Args[0].Type == IrType.I32;
                switch (inst.Op)
                {
                    case IrOp.UDiv or IrOp.URem when narrow:
                        inst.Args[0] = ZeroExtended(inst.Args[0]);
                        inst.Args[1] = ZeroExtended(inst.Args[1]);
                        break;
                    case IrOp.Shr when narrow:
                        inst.Args[0] = ZeroExtended(inst.Args[0]);
                        inst.Args[1] = Amount(inst.Args[1]);
                        break;
                    case IrOp.Sar when narrow:
                        inst.Args[0] = SignExtended(inst.Args[0]);
                        inst.Args[1] = Amount(inst.Args[1]);
                        break;
                    case IrOp.Shl when narrow:
                        inst.Args[1] = Amount(inst.Args[1]);
                        break;
                    case IrOp.Zext:
                        replaced[inst] = ZeroExtended(inst.Args[0]);
                        break;
                    case IrOp.Compare or IrOp.Branch when compares32:
                        bool isSigned = inst.Cond is Cond.Slt or Cond.Sle or Cond.Sgt or Cond.Sge;
                        for (int i = 0; i < 2; i++)
                        {
                            inst.Args[i] = isSigned ? SignExtended(inst.Args[i]) : ZeroExtended(inst.Args[i]);
                        }

                        break;
                    case IrOp.Return when function.IsMain && inst.Args.Count > 0 && inst.Args[0].Type == IrType.I32
                        && !inst.Args[0].IsConst:
                        inst.Args[0] = ZeroExtended(inst.Args[0]);
                        break;
                }
            }
        }

        function.Replace(replaced);
        foreach (Block block in function.Blocks)
        {
            block.Insts.RemoveAll(replaced.ContainsKey);
            foreach (Inst inst in block.Insts)
            {
                if (inst.Type == IrType.I32 && inst.Op != IrOp.Compare)
                {
                    inst.Type = IrType.I64;
                    if (inst.Op == IrOp.Trunc)
                    {
                        inst.Op = IrOp.Opaque;
                        inst.Imm = 1;
                    }
                }
            }
        }
    }

    private Inst Amount(Inst value) => value.IsConst ? value : Binary(IrOp.And, value, 31);

    private Inst ZeroExtended(Inst value)
    {
        if (value.IsConst)
        {
            return Add(new Inst(IrOp.Const, IrType.I64) { Imm = (uint)value.Imm });
        }

        if (value.Type == IrType.I64 || (value.Op is IrOp.Load or IrOp.Compare or IrOp.Bswap && !value.Signed))
        {
            return value;
        }

        Inst up = Add(new Inst(IrOp.Shl, IrType.I64, value, Constant(IrType.I64, 32)));
        return Add(new Inst(IrOp.Shr, IrType.I64, up, Constant(IrType.I64, 32)));
    }

    private Inst SignExtended(Inst value)
    {
        if (value.IsConst)
        {
            return Add(new Inst(IrOp.Const, IrType.I64) { Imm = (int)value.Imm });
        }

        if (value.Type == IrType.I64)
        {
            return value;
        }

        Inst up = Add(new Inst(IrOp.Shl, IrType.I64, value, Constant(IrType.I64, 32)));
        return Add(new Inst(IrOp.Sar, IrType.I64, up, Constant(IrType.I64, 32)));
    }

    // A condition as a value is a branch that picks 1 or 0.
    private void LowerCompares()
    {
        bool any = false;
        for (int b = 0; b < function.Blocks.Count; b++)
        {
            Block block = function.Blocks[b];
            for (int i = 0; i < block.Insts.Count; i++)
            {
                Inst inst = block.Insts[i];
                if (inst.Op != IrOp.Compare)
                {
                    continue;
                }

                any = true;
                Block otherwise = function.NewBlock();
                Block join = function.NewBlock();
                for (int k = i + 1; k < block.Insts.Count; k++)
                {
                    join.Add(block.Insts[k]);
                }

                foreach (Block successor in join.Successors)
                {
                    for (int p = 0; p < successor.Predecessors.Count; p++)
                    {
                        if (ReferenceEquals(successor.Predecessors[p], block))
                        {
                            successor.Predecessors[p] = join;
                        }
                    }
                }

                block.Insts.RemoveRange(i, block.Insts.Count - i);
                IrType type = cpuLevel < 3 ? IrType.I64 : IrType.I32;
                Inst one = block.Add(new Inst(IrOp.Const, type) { Imm = 1, Source = inst.Source });
                block.Add(new Inst(IrOp.Branch, IrType.Void, inst.Args[0], inst.Args[1])
                {
                    Cond = inst.Cond,
                    Targets = [join, otherwise],
                    Source = inst.Source,
                });
                Inst zero = otherwise.Add(new Inst(IrOp.Const, type) { Source = inst.Source });
                otherwise.Add(new Inst(IrOp.Jump, IrType.Void) { Targets = [join], Source = inst.Source });
                join.Predecessors.AddRange([block, otherwise]);
                otherwise.Predecessors.Add(block);
                inst.Op = IrOp.Phi;
                inst.Type = type;
                inst.Args.Clear();
                inst.Args.AddRange([one, zero]);
                join.Insert(0, inst);
                break;
            }
        }

        if (any)
        {
            function.Renumber();
        }
    }
}
