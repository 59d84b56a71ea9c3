namespace BpfSharp.Compiler.Ir;

/// <summary>A straight run of instructions that ends with a terminator.</summary>
internal sealed class Block(Function function)
{
    public Function Function { get; } = function;

    public int Id { get; set; }

    public List<Inst> Insts { get; } = [];

    public List<Block> Predecessors { get; } = [];

    /// <summary>Immediate dominator; <see langword="null"/> for the entry.</summary>
    public Block? Dominator { get; set; }

    public int LoopDepth { get; set; }

    /// <summary>Whether it is only reached by a fault.</summary>
    public bool Cold { get; set; }

    public Inst? Terminator => Insts.Count > 0 && Insts[^1].IsTerminator ? Insts[^1] : null;

    public IReadOnlyList<Block> Successors => Terminator?.Targets ?? [];

    public Inst Add(Inst inst)
    {
        inst.Block = this;
        Insts.Add(inst);
        return inst;
    }

    public Inst Insert(int index, Inst inst)
    {
        inst.Block = this;
        Insts.Insert(index, inst);
        return inst;
    }

    public bool IsDominatedBy(Block other)
    {
        for (Block? block = this; block is not null; block = block.Dominator)
        {
            if (ReferenceEquals(block, other))
            {
                return true;
            }
        }

        return false;
    }

    public override string ToString() => "b" + Id;
}
