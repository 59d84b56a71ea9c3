using System.Reflection.Metadata;
using BpfSharp.Compiler.Il;
using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Front;

#pragma warning disable IDE0010, IDE0072 // the set of opcodes is open: callers pass only those handled here

/// <summary>Arithmetic and conversions, with C#'s meaning of overflow and division by zero.</summary>
internal sealed partial class Translator
{
    private void Arithmetic(ILOpCode code)
    {
        Entry right = Pop();
        Entry left = Pop();
        (Inst a, Inst b) = Balance(left, right);
        IrOp op = code switch
        {
            ILOpCode.Add => IrOp.Add,
            ILOpCode.Sub => IrOp.Sub,
            ILOpCode.Mul => IrOp.Mul,
            ILOpCode.And => IrOp.And,
            ILOpCode.Or => IrOp.Or,
            _ => IrOp.Xor,
        };
        bool pointers = a.Type == IrType.Ptr || b.Type == IrType.Ptr;
        if (!pointers)
        {
            Push(ResultType(left, right, a), Binary(op, a, b));
            return;
        }

        if (op == IrOp.Sub && a.Type == IrType.Ptr && b.Type == IrType.Ptr)
        {
            Push(Types.Primitive(IlKind.NInt), Emit(new Inst(IrOp.Sub, IrType.I64, a, b)));
            return;
        }

        if (op == IrOp.Add && b.Type == IrType.Ptr && a.Type != IrType.Ptr)
        {
            (a, b) = (b, a);
            (left, right) = (right, left);
        }

        if (op is not (IrOp.Add or IrOp.Sub) || b.Type == IrType.Ptr)
        {
            throw Error(FindingTable.PointerOperation, code.ToString().ToLowerInvariant());
        }

        Push(left.Type, Emit(new Inst(op, IrType.Ptr, a, b)));
    }

    private IlType ResultType(Entry left, Entry right, Inst value)
    {
        IlType type = left.Type.IsInteger && left.Type.Size >= 4 ? left.Type : right.Type;
        return value.Type switch
        {
            IrType.I32 => type.Integer == IlKind.U4 ? type : Types.Int32,
            IrType.I64 => type.IsInteger && type.Size == 8 ? type : Types.Primitive(IlKind.I8),
            _ => left.Type,
        };
    }

    private void Divide(ILOpCode code)
    {
        Entry right = Pop();
        Entry left = Pop();
        (Inst a, Inst b) = Balance(left, right);
        if (a.Type == IrType.Ptr)
        {
            // The difference of two pointers divided by a size is a number by now; anything else has no meaning.
            throw Error(FindingTable.PointerOperation, code.ToString().ToLowerInvariant());
        }

        bool isSigned = code is ILOpCode.Div or ILOpCode.Rem;
        long? divisor = ConstantOf(b);
        if (divisor is null or 0)
        {
            (a, b) = RequireAcross(Cond.Ne, a, b, b, 0);
        }

        if (isSigned && divisor is null or -1)
        {
            // The least number divided by -1 overflows: C# throws.
            (a, b) = RequireNoDivisionOverflow(a, b);
        }

        IrOp op = code switch
        {
            ILOpCode.Div => IrOp.SDiv,
            ILOpCode.Div_un => IrOp.UDiv,
            ILOpCode.Rem => IrOp.SRem,
            _ => IrOp.URem,
        };
        Push(ResultType(left, right, a), Binary(op, a, b));
    }

    /// <summary>Requires a condition; the two values are carried to the next block in memory.</summary>
    private (Inst A, Inst B) RequireAcross(Cond cond, Inst a, Inst b, Inst tested, long constant)
    {
        (Inst memoryA, Inst memoryB) = (Keep(a), Keep(b));
        List<Entry> saved = KeepStack();
        Require(cond, tested, Emit(new Inst(IrOp.Const, tested.Type) { Imm = constant }));
        ReloadStack(saved);
        return (Reload(memoryA, a.Type), Reload(memoryB, b.Type));
    }

    private (Inst A, Inst B) RequireNoDivisionOverflow(Inst a, Inst b)
    {
        long least = a.Type == IrType.I32 ? int.MinValue : long.MinValue;
        (Inst memoryA, Inst memoryB) = (Keep(a), Keep(b));
        List<Entry> saved = KeepStack();
        Block check = _function.NewBlock();
        Block next = _function.NewBlock();
        Branch(Cond.Eq, b, Emit(new Inst(IrOp.Const, b.Type) { Imm = -1 }), check, next);
        _block = check;
        Inst again = Reload(memoryA, a.Type);
        Branch(Cond.Ne, again, Emit(new Inst(IrOp.Const, a.Type) { Imm = least }), next, FaultTarget());
        _block = next;
        ReloadStack(saved);
        return (Reload(memoryA, a.Type), Reload(memoryB, b.Type));
    }

    // Values are local to their block: whatever is needed after a test goes through memory, which promotion removes.
    private Inst Keep(Inst value)
    {
        Inst memory = Alloca(value.Type == IrType.I32 ? 4 : 8, 8, null);
        Emit(new Inst(IrOp.Store, IrType.Void, memory, value) { Width = (byte)(value.Type == IrType.I32 ? 4 : 8) });
        return memory;
    }

    private Inst Reload(Inst memory, IrType type) =>
        Emit(new Inst(IrOp.Load, type, memory) { Width = (byte)(type == IrType.I32 ? 4 : 8) });

    /// <summary>Puts the scalars of the evaluation stack into memory before a block ends.</summary>
    private List<Entry> KeepStack()
    {
        List<Entry> saved = [];
        foreach (Entry entry in _stack)
        {
            saved.Add(entry.Value is null || IsPlace(entry.Value)
                ? entry
                : new Entry(entry.Type, Keep(entry.Value), new KeptThing(entry.Value.Type, entry.Borrowed)));
        }

        return saved;
    }

    private void ReloadStack(List<Entry> saved)
    {
        _stack.Clear();
        foreach (Entry entry in saved)
        {
            _stack.Add(entry.Thing is KeptThing kept
                ? new Entry(entry.Type, Reload(entry.Value!, kept.Type), null, kept.Borrowed)
                : entry);
        }
    }

    private static bool IsPlace(Inst value) => value.Op == IrOp.Alloca;

    private sealed record KeptThing(IrType Type, bool Borrowed);

    private void Shift(ILOpCode code)
    {
        Entry amount = Pop();
        Entry value = Pop();
        Inst a = Value(value);
        if (a.Type == IrType.Ptr)
        {
            throw Error(FindingTable.PointerOperation, code.ToString().ToLowerInvariant());
        }

        Inst b = Coerce(amount, a.Type);
        IrOp op = code switch
        {
            ILOpCode.Shl => IrOp.Shl,
            ILOpCode.Shr => IrOp.Sar,
            _ => IrOp.Shr,
        };
        Push(StackType(value.Type), Emit(new Inst(op, a.Type, a, b)));
    }

    private void Convert(ILOpCode code)
    {
        Entry entry = Pop();
        RefuseFloat(entry.Type);
        Inst value = Value(entry);
        switch (code)
        {
            case ILOpCode.Conv_i8 or ILOpCode.Conv_i:
                Push(value.Type == IrType.Ptr ? entry.Type : Types.Primitive(code == ILOpCode.Conv_i ? IlKind.NInt : IlKind.I8),
                    SignExtend(value));
                return;
            case ILOpCode.Conv_u8 or ILOpCode.Conv_u:
                Push(value.Type == IrType.Ptr ? entry.Type : Types.Primitive(code == ILOpCode.Conv_u ? IlKind.NUInt : IlKind.U8),
                    ZeroExtend(value));
                return;
            default:
                Inst narrow = value.Type switch
                {
                    IrType.I64 => Emit(new Inst(IrOp.Trunc, IrType.I32, value)),
                    IrType.Ptr => throw Error(FindingTable.PointerOperation, "narrowing to 32 bits"),
                    _ => value,
                };
                IlKind kind = code switch
                {
                    ILOpCode.Conv_i1 => IlKind.I1,
                    ILOpCode.Conv_u1 => IlKind.U1,
                    ILOpCode.Conv_i2 => IlKind.I2,
                    ILOpCode.Conv_u2 => IlKind.U2,
                    ILOpCode.Conv_u4 => IlKind.U4,
                    _ => IlKind.I4,
                };
                Push(Types.Primitive(kind is IlKind.U4 ? IlKind.U4 : IlKind.I4), Narrow(narrow, kind));
                return;
        }
    }

    private Inst Narrow(Inst value, IlKind kind) => kind switch
    {
        IlKind.I1 => Emit(new Inst(IrOp.Sext, IrType.I32, value) { Imm = 8 }),
        IlKind.I2 => Emit(new Inst(IrOp.Sext, IrType.I32, value) { Imm = 16 }),
        IlKind.U1 or IlKind.Boolean => Binary(IrOp.And, value, Int32(0xff)),
        IlKind.U2 or IlKind.Char => Binary(IrOp.And, value, Int32(0xffff)),
        _ => value,
    };

    private void CheckedConvert(ILOpCode code)
    {
        Entry entry = Pop();
        RefuseFloat(entry.Type);
        bool fromUnsigned = code is (>= ILOpCode.Conv_ovf_i1_un and <= ILOpCode.Conv_ovf_u_un);
        IlKind kind = code switch
        {
            ILOpCode.Conv_ovf_i1 or ILOpCode.Conv_ovf_i1_un => IlKind.I1,
            ILOpCode.Conv_ovf_u1 or ILOpCode.Conv_ovf_u1_un => IlKind.U1,
            ILOpCode.Conv_ovf_i2 or ILOpCode.Conv_ovf_i2_un => IlKind.I2,
            ILOpCode.Conv_ovf_u2 or ILOpCode.Conv_ovf_u2_un => IlKind.U2,
            ILOpCode.Conv_ovf_i4 or ILOpCode.Conv_ovf_i4_un => IlKind.I4,
            ILOpCode.Conv_ovf_u4 or ILOpCode.Conv_ovf_u4_un => IlKind.U4,
            ILOpCode.Conv_ovf_i8 or ILOpCode.Conv_ovf_i8_un or ILOpCode.Conv_ovf_i or ILOpCode.Conv_ovf_i_un => IlKind.I8,
            _ => IlKind.U8,
        };
        IlType target = Types.Primitive(kind);
        Inst value = Value(entry);
        if (value.Type == IrType.Ptr)
        {
            Push(entry);
            return;
        }

        Inst wide = fromUnsigned ? ZeroExtend(value) : SignExtend(value);
        int bits = target.Size * 8;
        (Cond cond, long limit)[] tests = target.IsSigned
            ? fromUnsigned
                ? [(Cond.Ule, bits == 64 ? long.MaxValue : (1L << (bits - 1)) - 1)]
                : bits == 64 ? [] : [(Cond.Sle, (1L << (bits - 1)) - 1), (Cond.Sge, -(1L << (bits - 1)))]
            : bits == 64
                ? fromUnsigned ? [] : [(Cond.Sge, 0)]
                : [(Cond.Ule, (1L << bits) - 1)];
        foreach ((Cond cond, long limit) in tests)
        {
            (wide, _) = RequireAcross(cond, wide, wide, wide, limit);
        }

        Push(StackType(target), bits == 64 ? wide : Emit(new Inst(IrOp.Trunc, IrType.I32, wide)));
    }

    private void CheckedArithmetic(ILOpCode code)
    {
        Entry right = Pop();
        Entry left = Pop();
        (Inst a, Inst b) = Balance(left, right);
        bool isSigned = code is ILOpCode.Add_ovf or ILOpCode.Sub_ovf or ILOpCode.Mul_ovf;
        if (a.Type == IrType.Ptr || b.Type == IrType.Ptr)
        {
            // C# checks pointer arithmetic in checked contexts as unsigned; the verifier's bounds are stricter.
            _stack.Add(left);
            _stack.Add(right);
            Arithmetic(code is ILOpCode.Add_ovf or ILOpCode.Add_ovf_un ? ILOpCode.Add : ILOpCode.Sub);
            return;
        }

        // "stackalloc S[n]" multiplies n by the size of S so: a constant is to stay one.
        if (code is ILOpCode.Mul_ovf_un or ILOpCode.Mul_ovf && ConstantOf(a) is >= 0 and <= int.MaxValue and { } first
            && ConstantOf(b) is >= 0 and <= int.MaxValue and { } second && first * second <= int.MaxValue)
        {
            Push(left.Type, Emit(new Inst(IrOp.Const, a.Type) { Imm = first * second }));
            return;
        }

        IrOp op = code switch
        {
            ILOpCode.Add_ovf or ILOpCode.Add_ovf_un => IrOp.Add,
            ILOpCode.Sub_ovf or ILOpCode.Sub_ovf_un => IrOp.Sub,
            _ => IrOp.Mul,
        };
        IlType type = ResultType(left, right, a);
        if (a.Type == IrType.I32)
        {
            // In 64 bits nothing overflows: test whether the result still fits 32.
            Inst wide = isSigned
                ? Binary(op, SignExtend(a), SignExtend(b))
                : Binary(op, ZeroExtend(a), ZeroExtend(b));
            (Cond cond, long limit)[] tests = isSigned
                ? [(Cond.Sle, int.MaxValue), (Cond.Sge, int.MinValue)]
                : [(Cond.Ule, uint.MaxValue)];
            foreach ((Cond cond, long limit) in tests)
            {
                (wide, _) = RequireAcross(cond, wide, wide, wide, limit);
            }

            Push(type, Emit(new Inst(IrOp.Trunc, IrType.I32, wide)));
            return;
        }

        if (op == IrOp.Mul)
        {
            Push(type, CheckedMultiply64(a, b, isSigned));
            return;
        }

        Inst result = Binary(op, a, b);
        if (!isSigned)
        {
            // Carry: the sum is less than an operand; borrow: the difference is more than the minuend.
            Inst carried = op == IrOp.Add
                ? Compare(Cond.Ult, result, a)
                : Compare(Cond.Ugt, result, a);
            (result, _) = RequireAcross(Cond.Eq, result, result, carried, 0);
        }
        else
        {
            // Overflow shows in the sign: (a ^ r) & (b ^ r) for sums, (a ^ b) & (a ^ r) for differences.
            Inst signs = op == IrOp.Add
                ? Binary(IrOp.And, Binary(IrOp.Xor, a, result), Binary(IrOp.Xor, b, result))
                : Binary(IrOp.And, Binary(IrOp.Xor, a, b), Binary(IrOp.Xor, a, result));
            (result, _) = RequireAcross(Cond.Sge, result, result, signs, 0);
        }

        Push(type, result);
    }

    private Inst CheckedMultiply64(Inst a, Inst b, bool isSigned)
    {
        // Divide back: exact unless an operand is 0, or -1 with the least number.
        Inst result = Binary(IrOp.Mul, a, b);
        Inst memoryA = Keep(a);
        Inst memoryB = Keep(b);
        Inst memory = Keep(result);
        List<Entry> saved = KeepStack();
        Block check = _function.NewBlock();
        Block next = _function.NewBlock();
        Branch(Cond.Eq, b, Int64(0), next, check);
        _block = check;
        if (isSigned)
        {
            Block more = _function.NewBlock();
            Block minus = _function.NewBlock();
            Branch(Cond.Eq, Reload(memoryB, IrType.I64), Int64(-1), minus, more);
            _block = minus;
            Branch(Cond.Ne, Reload(memoryA, IrType.I64), Int64(long.MinValue), next, FaultTarget());
            _block = more;
        }

        Inst back = Binary(isSigned ? IrOp.SDiv : IrOp.UDiv, Reload(memory, IrType.I64), Reload(memoryB, IrType.I64));
        Branch(Cond.Eq, back, Reload(memoryA, IrType.I64), next, FaultTarget());
        _block = next;
        ReloadStack(saved);
        return Reload(memory, IrType.I64);
    }
}
