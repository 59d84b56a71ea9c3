using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <summary>Drops unreachable blocks, joins straight ones, skips empty ones.</summary>
internal static class ControlFlow
{
    public static void Run(Function function)
    {
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach (Block block in function.Blocks)
            {
                changed |= FoldBranch(block);
            }

            function.Renumber();
            changed |= SkipEmpty(function);
            if (changed)
            {
                function.Renumber();
            }

            changed |= Join(function);
        }

        RemoveTrivialPhis(function);
    }

    private static bool FoldBranch(Block block)
    {
        Inst? terminator = block.Terminator;
        if (terminator is not { Op: IrOp.Branch })
        {
            return false;
        }

        Block? only = null;
        if (terminator.Args[0].IsConst && terminator.Args[1].IsConst)
        {
            bool holds = terminator.Cond.Holds(terminator.Args[0].Imm, terminator.Args[1].Imm, terminator.Args[0].Type);
            only = terminator.Targets[holds ? 0 : 1];
        }
        else if (ReferenceEquals(terminator.Targets[0], terminator.Targets[1]) && !HasPhi(terminator.Targets[0]))
        {
            only = terminator.Targets[0];
        }

        if (only is null)
        {
            return false;
        }

        terminator.Op = IrOp.Jump;
        terminator.Args.Clear();
        terminator.Targets = [only];
        return true;
    }

    private static bool HasPhi(Block block) => block.Insts.Count > 0 && block.Insts[0].Op == IrOp.Phi;

    // A block of a single jump: its predecessors go on directly, where no phi would need to tell two edges apart.
    private static bool SkipEmpty(Function function)
    {
        bool changed = false;
        foreach (Block block in function.Blocks)
        {
            if (block.Insts.Count != 1 || block.Insts[0].Op != IrOp.Jump || ReferenceEquals(block, function.Entry))
            {
                continue;
            }

            Block target = block.Insts[0].Targets[0];
            if (ReferenceEquals(target, block))
            {
                continue;
            }

            foreach (Block predecessor in block.Predecessors.ToArray())
            {
                Inst terminator = predecessor.Terminator!;
                if (HasPhi(target) && (target.Predecessors.Contains(predecessor)
                    || block.Predecessors.Count(p => ReferenceEquals(p, predecessor)) > 1))
                {
                    continue;
                }

                int edge = target.Predecessors.IndexOf(block);
                for (int i = 0; i < terminator.Targets.Length; i++)
                {
                    if (ReferenceEquals(terminator.Targets[i], block))
                    {
                        terminator.Targets[i] = target;
                        target.Predecessors.Add(predecessor);
                        foreach (Inst phi in target.Insts)
                        {
                            if (phi.Op != IrOp.Phi)
                            {
                                break;
                            }

                            phi.Args.Add(phi.Args[edge]);
                        }
                    }
                }

                block.Predecessors.RemoveAll(p => ReferenceEquals(p, predecessor));
                changed = true;
            }
        }

        return changed;
    }

    private static bool Join(Function function)
    {
        bool changed = false;
        Dictionary<Inst, Inst> replaced = [];
        HashSet<Block> gone = [];
        foreach (Block block in function.Blocks)
        {
            if (gone.Contains(block))
            {
                continue;
            }

            while (block.Terminator is { Op: IrOp.Jump } jump && jump.Targets[0] is { Predecessors.Count: 1 } next
                && !ReferenceEquals(next, block) && !ReferenceEquals(next, function.Entry))
            {
                block.Insts.RemoveAt(block.Insts.Count - 1);
                foreach (Inst inst in next.Insts)
                {
                    if (inst.Op == IrOp.Phi)
                    {
                        replaced[inst] = inst.Args[0];
                        continue;
                    }

                    block.Add(inst);
                }

                foreach (Block successor in next.Successors)
                {
                    for (int i = 0; i < successor.Predecessors.Count; i++)
                    {
                        if (ReferenceEquals(successor.Predecessors[i], next))
                        {
                            successor.Predecessors[i] = block;
                        }
                    }
                }

                block.Cold |= next.Cold;
                next.Insts.Clear();
                gone.Add(next);
                changed = true;
            }
        }

        if (changed)
        {
            function.Blocks.RemoveAll(gone.Contains);
            function.Replace(replaced);
            function.Renumber();
        }

        return changed;
    }

    public static void RemoveTrivialPhis(Function function)
    {
        bool changed = true;
        while (changed)
        {
            Dictionary<Inst, Inst> replaced = [];
            foreach (Block block in function.Blocks)
            {
                foreach (Inst phi in block.Insts)
                {
                    if (phi.Op != IrOp.Phi)
                    {
                        break;
                    }

                    Inst? same = null;
                    bool trivial = true;
                    foreach (Inst arg in phi.Args)
                    {
                        Inst value = Function.Follow(replaced, arg);
                        if (ReferenceEquals(value, phi) || ReferenceEquals(value, same))
                        {
                            continue;
                        }

                        if (same is not null)
                        {
                            trivial = false;
                            break;
                        }

                        same = value;
                    }

                    if (trivial && same is not null)
                    {
                        replaced[phi] = same;
                    }
                }

                block.Insts.RemoveAll(replaced.ContainsKey);
            }

            function.Replace(replaced);
            changed = replaced.Count > 0;
        }
    }
}
