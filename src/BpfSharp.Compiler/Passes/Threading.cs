using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <summary>Jump threading while variables are still in memory: a block whose branch is decided by what a predecessor stored is copied to it.</summary>
/// <remarks>
/// This is what turns inlined predicates, <c>&amp;&amp;</c>, <c>||</c> and loops tested at the top into plain branches. Values are local to
/// their block at this point, so copying needs no repair.
/// </remarks>
internal static class Threading
{
    private const int MaxCopied = 24;
    private const int MaxBlocks = 4000;

    public static void Run(Function function)
    {
        Dictionary<Inst, int> variables = Variables(function);
        Dictionary<Block, Dictionary<Inst, long>> known = [];
        int budget = 4 * function.Blocks.Count + 64;
        bool changed = true;
        while (changed && function.Blocks.Count < MaxBlocks)
        {
            changed = false;
            foreach (Block block in function.Blocks.ToArray())
            {
                if (block.Predecessors.Count < 2 || block.Terminator is not { Op: IrOp.Branch } || !CanCopy(block))
                {
                    continue;
                }

                foreach (Block predecessor in block.Predecessors.Distinct().ToArray())
                {
                    if (budget <= 0 || block.Predecessors.Count < 2)
                    {
                        break;
                    }

                    foreach (int edge in EdgesTo(predecessor, block))
                    {
                        Dictionary<Inst, long> state = AtEdge(predecessor, edge, variables, known);
                        if (Decide(block, state, variables) is { } target)
                        {
                            Copy(function, predecessor, edge, block, target);
                            known.Clear();
                            budget--;
                            changed = true;
                            break;
                        }
                    }
                }
            }
        }

        function.Renumber();
    }

    // Scalars whose address goes nowhere: read and written whole.
    private static Dictionary<Inst, int> Variables(Function function)
    {
        Dictionary<Inst, int> variables = [];
        HashSet<Inst> refused = [];
        foreach (Inst inst in function.AllInsts)
        {
            for (int i = 0; i < inst.Args.Count; i++)
            {
                Inst arg = inst.Args[i];
                if (arg.Op != IrOp.Alloca)
                {
                    continue;
                }

                if (inst.Op is IrOp.Load or IrOp.Store && i == 0 && inst.Offset == 0
                    && (!variables.TryGetValue(arg, out int width) || width == inst.Width))
                {
                    variables[arg] = inst.Width;
                }
                else
                {
                    refused.Add(arg);
                }
            }
        }

        foreach (Inst alloca in refused)
        {
            variables.Remove(alloca);
        }

        return variables;
    }

    private static bool CanCopy(Block block)
    {
        if (block.Insts.Count > MaxCopied)
        {
            return false;
        }

        int cost = 0;
        foreach (Inst inst in block.Insts)
        {
            if (inst.Op is IrOp.Phi or IrOp.Atomic or IrOp.CallHelper or IrOp.CallKfunc or IrOp.CallLocal or IrOp.Alloca
                or IrOp.Param)
            {
                return false;
            }

            cost += inst.Op is IrOp.Load && inst.Args[0].Op != IrOp.Alloca ? 4 : 0;
        }

        return cost <= 8;
    }

    private static IEnumerable<int> EdgesTo(Block from, Block to)
    {
        IReadOnlyList<Block> successors = from.Successors;
        for (int i = 0; i < successors.Count; i++)
        {
            if (ReferenceEquals(successors[i], to))
            {
                yield return i;
            }
        }
    }

    private static Dictionary<Inst, long> AtEdge(
        Block block, int edge, Dictionary<Inst, int> variables, Dictionary<Block, Dictionary<Inst, long>> known)
    {
        Dictionary<Inst, long> state = AtEnd(block, variables, known, 0);
        Inst terminator = block.Terminator!;
        if (terminator is not { Op: IrOp.Branch, Cond: Cond.Eq or Cond.Ne })
        {
            return state;
        }

        // "x == 0" taken tells x; so does "x != 0" not taken.
        bool tells = terminator.Cond == Cond.Eq == (edge == 0);
        Inst tested = terminator.Args[0];
        if (tells && tested.Op == IrOp.Load && variables.ContainsKey(tested.Args[0]) && terminator.Args[1].IsConst
            && tested.Width >= 4 && !StoredAfter(block, tested))
        {
            state = new Dictionary<Inst, long>(state) { [tested.Args[0]] = terminator.Args[1].Imm };
        }

        return state;
    }

    private static bool StoredAfter(Block block, Inst load)
    {
        for (int i = block.Insts.Count - 1; i >= 0 && !ReferenceEquals(block.Insts[i], load); i--)
        {
            if (block.Insts[i].Op == IrOp.Store && ReferenceEquals(block.Insts[i].Args[0], load.Args[0]))
            {
                return true;
            }
        }

        return false;
    }

    private static Dictionary<Inst, long> AtEnd(
        Block block, Dictionary<Inst, int> variables, Dictionary<Block, Dictionary<Inst, long>> known, int depth)
    {
        if (known.TryGetValue(block, out Dictionary<Inst, long>? state))
        {
            return state;
        }

        Dictionary<Inst, long> start = [];
        if (block.Predecessors.Count == 1 && depth < 24 && !ReferenceEquals(block.Predecessors[0], block))
        {
            Block only = block.Predecessors[0];
            AtEnd(only, variables, known, depth + 1);
            start = new(AtEdge(only, only.Successors.ToList().IndexOf(block), variables, known));
        }

        Evaluate(block, start, variables);
        if (depth == 0 || block.Predecessors.Count != 1 || known.ContainsKey(block.Predecessors[0]))
        {
            known[block] = start;
        }

        return start;
    }

    /// <summary>Follows a block's constants; the state is changed to that at its end.</summary>
    private static Dictionary<Inst, long> Evaluate(Block block, Dictionary<Inst, long> state, Dictionary<Inst, int> variables)
    {
        Dictionary<Inst, long> values = [];
        foreach (Inst inst in block.Insts)
        {
            switch (inst.Op)
            {
                case IrOp.Const:
                    values[inst] = inst.Imm;
                    break;
                case IrOp.Load when variables.ContainsKey(inst.Args[0]):
                    if (state.TryGetValue(inst.Args[0], out long loaded))
                    {
                        values[inst] = inst.Width switch
                        {
                            1 => inst.Signed ? (sbyte)loaded : (byte)loaded,
                            2 => inst.Signed ? (short)loaded : (ushort)loaded,
                            4 => (int)loaded,
                            _ => loaded,
                        };
                    }

                    break;
                case IrOp.Store when variables.ContainsKey(inst.Args[0]):
                    if (values.TryGetValue(inst.Args[1], out long stored))
                    {
                        state[inst.Args[0]] = stored;
                    }
                    else
                    {
                        state.Remove(inst.Args[0]);
                    }

                    break;
                default:
                    if (inst.IsPure && Folding.Fold(inst, a => values.TryGetValue(a, out long v) ? v : null) is { } folded)
                    {
                        values[inst] = folded;
                    }

                    break;
            }
        }

        return values;
    }

    private static Block? Decide(Block block, Dictionary<Inst, long> state, Dictionary<Inst, int> variables)
    {
        if (state.Count == 0)
        {
            return null;
        }

        Dictionary<Inst, long> values = Evaluate(block, new(state), variables);
        Inst branch = block.Terminator!;
        return values.TryGetValue(branch.Args[0], out long a) && values.TryGetValue(branch.Args[1], out long b)
            ? branch.Targets[branch.Cond.Holds(a, b, branch.Args[0].Type) ? 0 : 1]
            : null;
    }

    private static void Copy(Function function, Block predecessor, int edge, Block block, Block target)
    {
        Block copy = function.NewBlock();
        copy.Cold = block.Cold;
        Dictionary<Inst, Inst> map = [];
        foreach (Inst inst in block.Insts)
        {
            if (inst.IsTerminator)
            {
                break;
            }

            map[inst] = copy.Add(inst.CopyOf(a => map.GetValueOrDefault(a, a)));
        }

        copy.Add(new Inst(IrOp.Jump, IrType.Void) { Targets = [target], Source = block.Terminator!.Source });
        predecessor.Terminator!.Targets[edge] = copy;
        block.Predecessors.Remove(predecessor);
        copy.Predecessors.Add(predecessor);
        target.Predecessors.Add(copy);
    }
}
