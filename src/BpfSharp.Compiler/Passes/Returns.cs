using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <summary>One block per constant that is returned: branches lead to it directly.</summary>
internal static class Returns
{
    public static void Run(Function function)
    {
        Dictionary<(long, IrType), Block> shared = [];
        foreach (Block block in function.Blocks.ToArray())
        {
            if (block.Terminator is { Op: IrOp.Return } ret && ret.Args.Count == 1 && ret.Args[0] is { Op: IrOp.Phi } phi
                && ReferenceEquals(phi.Block, block) && block.Insts.TrueForAll(i => i.Op == IrOp.Phi || i.IsTerminator
                    || i.IsConst))
            {
                Split(function, block, phi, ret, shared);
            }
        }

        function.Renumber();
        foreach (Block block in function.Blocks.ToArray())
        {
            if (block.Terminator is { Op: IrOp.Return } ret && ret.Args.Count == 1 && ret.Args[0].IsConst
                && !shared.ContainsValue(block))
            {
                Block target = Shared(function, ret.Args[0], ret, shared);
                block.Insts.RemoveAt(block.Insts.Count - 1);
                block.Add(new Inst(IrOp.Jump, IrType.Void) { Targets = [target], Source = ret.Source });
            }
        }

        ControlFlow.Run(function);
    }

    private static void Split(
        Function function, Block block, Inst phi, Inst ret, Dictionary<(long, IrType), Block> shared)
    {
        for (int i = block.Predecessors.Count - 1; i >= 0; i--)
        {
            Inst value = phi.Args[i];
            if (!value.IsConst)
            {
                continue;
            }

            Block target = Shared(function, value, ret, shared);
            Inst terminator = block.Predecessors[i].Terminator!;
            int edge = Array.IndexOf(terminator.Targets, block);
            if (block.Predecessors.Count(p => ReferenceEquals(p, block.Predecessors[i])) > 1)
            {
                continue; // both ways of one branch: which operand belongs to which is not told here
            }

            terminator.Targets[edge] = target;
            block.Predecessors.RemoveAt(i);
            foreach (Inst other in block.Insts)
            {
                if (other.Op == IrOp.Phi)
                {
                    other.Args.RemoveAt(i);
                }
            }
        }
    }

    private static Block Shared(Function function, Inst value, Inst ret, Dictionary<(long, IrType), Block> shared)
    {
        if (!shared.TryGetValue((value.Imm, value.Type), out Block? target))
        {
            target = function.NewBlock();
            Inst constant = target.Add(new Inst(IrOp.Const, value.Type) { Imm = value.Imm, Source = ret.Source });
            target.Add(new Inst(IrOp.Return, IrType.Void, constant) { Source = ret.Source });
            shared[(value.Imm, value.Type)] = target;
        }

        return target;
    }
}
