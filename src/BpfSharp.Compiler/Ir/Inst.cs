namespace BpfSharp.Compiler.Ir;

/// <summary>An instruction of the IR, which is also the value it makes.</summary>
internal sealed class Inst
{
    public Inst(IrOp op, IrType type, params ReadOnlySpan<Inst> args)
    {
        Op = op;
        Type = type;
        Args = [.. args];
    }

    /// <summary>Number in its function, for dumps and tables.</summary>
    public int Id { get; set; }

    public IrOp Op { get; set; }

    public IrType Type { get; set; }

    public List<Inst> Args { get; }

    public long Imm { get; set; }

    /// <summary>Byte offset of a memory access.</summary>
    public int Offset { get; set; }

    /// <summary>Bytes of a memory access: 1, 2, 4 or 8.</summary>
    public byte Width { get; set; }

    /// <summary>Whether a narrow load sign-extends (to 64 bits).</summary>
    public bool Signed { get; set; }

    /// <summary>Whether a memory access may not be removed, merged or repeated.</summary>
    public bool Volatile { get; set; }

    public Cond Cond { get; set; }

    public AtomicOp Atomic { get; set; }

    public Space Space { get; set; }

    public object? Data { get; set; }

    public Block? Block { get; set; }

    /// <summary>Number of the source place in the function's table; -1 for none.</summary>
    public int Source { get; set; } = -1;

    /// <summary>Targets of a terminator.</summary>
    public Block[] Targets { get; set; } = [];

    public bool IsTerminator => Op >= IrOp.Jump;

    public bool IsConst => Op == IrOp.Const;

    /// <summary>Whether it must stay though nobody uses its value.</summary>
    public bool HasEffect => Op is IrOp.Store or IrOp.Atomic or IrOp.CallHelper or IrOp.CallLocal or IrOp.CallKfunc
        || IsTerminator || (Op == IrOp.Load && Volatile);

    /// <summary>Whether equal operands make equal values, wherever it stands.</summary>
    public bool IsPure => Op is (>= IrOp.Add and <= IrOp.Compare) or IrOp.Const or IrOp.MapRef or IrOp.MapValue
        or IrOp.FuncRef or IrOp.ExternRef or IrOp.LostCounter or IrOp.Core;

    /// <summary>Whether it may change memory.</summary>
    public bool WritesMemory => Op is IrOp.Store or IrOp.Atomic or IrOp.CallHelper or IrOp.CallLocal or IrOp.CallKfunc;

    public Inst CopyOf(Func<Inst, Inst> map)
    {
        Inst copy = new(Op, Type)
        {
            Imm = Imm,
            Offset = Offset,
            Width = Width,
            Signed = Signed,
            Volatile = Volatile,
            Cond = Cond,
            Atomic = Atomic,
            Space = Space,
            Data = Data,
            Source = Source,
            Targets = [.. Targets],
        };
        foreach (Inst arg in Args)
        {
            copy.Args.Add(map(arg));
        }

        return copy;
    }

    public override string ToString() => IrText.Format(this);
}
