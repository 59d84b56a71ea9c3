namespace BpfSharp.Compiler.Ir;

/// <summary>What an IR instruction does. Operands are <see cref="Inst.Args"/>; "imm" is <see cref="Inst.Imm"/>.</summary>
internal enum IrOp : byte
{
    /// <summary>imm, of the instruction's type.</summary>
    Const,
    /// <summary>Argument number imm of the function (r1 is 0).</summary>
    Param,
    /// <summary>One value per predecessor, in the order of <see cref="Block.Predecessors"/>.</summary>
    Phi,
    /// <summary>No particular value.</summary>
    Undef,

    Add, Sub, Mul, UDiv, URem, SDiv, SRem, And, Or, Xor, Shl, Shr, Sar, Neg,

    /// <summary>Zero-extends I32 to I64.</summary>
    Zext,
    /// <summary>Sign-extends the low imm bits to the instruction's type.</summary>
    Sext,
    /// <summary>The low half of an I64; free.</summary>
    Trunc,
    /// <summary>Reverses the low imm bytes, upper ones become 0.</summary>
    Bswap,
    /// <summary>0 or 1 (I32): the condition <see cref="Inst.Cond"/> of two operands.</summary>
    Compare,
    /// <summary>The value of arg 0, of which the optimiser knows nothing; with imm 1 a change of type alone.</summary>
    Opaque,

    /// <summary>A place on the stack: imm bytes.</summary>
    Alloca,
    /// <summary>*(arg0 + offset), <see cref="Inst.Width"/> bytes.</summary>
    Load,
    /// <summary>*(arg0 + offset) = arg1, <see cref="Inst.Width"/> bytes.</summary>
    Store,
    /// <summary>Atomic read-modify-write of *(arg0 + offset); the operation is <see cref="Inst.Atomic"/>.</summary>
    Atomic,

    /// <summary>The map number imm.</summary>
    MapRef,
    /// <summary>Address of byte <see cref="Inst.Offset"/> in the value of map number imm (a data section).</summary>
    MapValue,
    /// <summary>Address of the function <see cref="Inst.Data"/>.</summary>
    FuncRef,
    /// <summary>Address or value of extern number imm.</summary>
    ExternRef,
    /// <summary>The lost counter of the map that arg 0 is.</summary>
    LostCounter,
    /// <summary>Answer of a CO-RE relocation; <see cref="Inst.Data"/> is the request.</summary>
    Core,

    /// <summary>Helper number imm.</summary>
    CallHelper,
    /// <summary>The function <see cref="Inst.Data"/>.</summary>
    CallLocal,
    /// <summary>Extern number imm.</summary>
    CallKfunc,

    /// <summary>To target 0.</summary>
    Jump,
    /// <summary>To target 0 if the condition of two operands holds, else to target 1.</summary>
    Branch,
    /// <summary>To target 0 while the kernel's budget lasts, else to target 1.</summary>
    MayGoto,
    /// <summary>Leaves the function, with arg 0 if it returns something.</summary>
    Return,
    /// <summary>Never reached.</summary>
    Unreachable,
}

/// <summary>Type of a value. Pointers stay pointers: 64 bits, never masked, never narrowed.</summary>
internal enum IrType : byte
{
    Void,
    /// <summary>32 bits; the upper half of its register may hold anything.</summary>
    I32,
    I64,
    Ptr,
}

/// <summary>A comparison.</summary>
internal enum Cond : byte
{
    Eq, Ne, Ult, Ule, Ugt, Uge, Slt, Sle, Sgt, Sge,
    /// <summary>Any common bit.</summary>
    Set,
    /// <summary>No common bit.</summary>
    NotSet,
}

internal enum AtomicOp : byte
{
    Add, Or, And, Xor, FetchAdd, FetchOr, FetchAnd, FetchXor, Exchange, CompareExchange,
}

/// <summary>Where a pointer points.</summary>
internal enum Space : byte
{
    Unknown, Context, Packet, PacketEnd, Stack, MapValue, Map, Kernel, User, Memory,
}

internal static class CondFacts
{
    public static Cond Negate(this Cond cond) => cond switch
    {
        Cond.Eq => Cond.Ne,
        Cond.Ne => Cond.Eq,
        Cond.Ult => Cond.Uge,
        Cond.Ule => Cond.Ugt,
        Cond.Ugt => Cond.Ule,
        Cond.Uge => Cond.Ult,
        Cond.Slt => Cond.Sge,
        Cond.Sle => Cond.Sgt,
        Cond.Sgt => Cond.Sle,
        Cond.Sge => Cond.Slt,
        Cond.Set => Cond.NotSet,
        Cond.NotSet => Cond.Set,
        _ => throw new ArgumentOutOfRangeException(nameof(cond)),
    };

    /// <summary>The condition with its operands exchanged.</summary>
    public static Cond Swap(this Cond cond) => cond switch
    {
        Cond.Ult => Cond.Ugt,
        Cond.Ule => Cond.Uge,
        Cond.Ugt => Cond.Ult,
        Cond.Uge => Cond.Ule,
        Cond.Slt => Cond.Sgt,
        Cond.Sle => Cond.Sge,
        Cond.Sgt => Cond.Slt,
        Cond.Sge => Cond.Sle,
        Cond.Eq or Cond.Ne or Cond.Set or Cond.NotSet => cond,
        _ => throw new ArgumentOutOfRangeException(nameof(cond)),
    };

    public static bool Holds(this Cond cond, long a, long b, IrType type)
    {
        if (type == IrType.I32)
        {
            bool isSigned = cond is Cond.Slt or Cond.Sle or Cond.Sgt or Cond.Sge;
            a = isSigned ? (int)a : (uint)a;
            b = isSigned ? (int)b : (uint)b;
        }

        return cond switch
        {
            Cond.Eq => a == b,
            Cond.Ne => a != b,
            Cond.Ult => (ulong)a < (ulong)b,
            Cond.Ule => (ulong)a <= (ulong)b,
            Cond.Ugt => (ulong)a > (ulong)b,
            Cond.Uge => (ulong)a >= (ulong)b,
            Cond.Slt => a < b,
            Cond.Sle => a <= b,
            Cond.Sgt => a > b,
            Cond.Sge => a >= b,
            Cond.Set => (a & b) != 0,
            Cond.NotSet => (a & b) == 0,
            _ => throw new ArgumentOutOfRangeException(nameof(cond)),
        };
    }
}
