using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <summary>Jump threading: a block whose branch is decided by what a predecessor stored, or by a phi's operand, is copied to it.</summary>
/// <remarks>
/// This is what turns inlined predicates, <c>&amp;&amp;</c>, <c>||</c> and loops tested at the top into plain branches. A block is only copied
/// where every use of its values stays dominated by it, so nothing needs repair.
/// </remarks>
internal static class Threading
{
    private const int MaxCopied = 24;
    private const int MaxBlocks = 4000;

    public static void Run(Function function)
    {
        Dictionary<Inst, int> variables = Variables(function);
        Dictionary<Block, Dictionary<Inst, long>> known = [];
        Dictionary<Inst, List<(Inst User, int Index)>> users = AllUsers(function);
        int budget = 4 * function.Blocks.Count + 64;
        bool changed = true;
        bool stale = false;
        while (changed && function.Blocks.Count < MaxBlocks)
        {
            changed = false;
            foreach (Block block in function.Blocks.ToArray())
            {
                if (block.Predecessors.Count < 2 || block.Terminator is not { Op: IrOp.Branch } branch
                    || ReferenceEquals(branch.Targets[0], branch.Targets[1]) || !CanCopy(block))
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
                        if (Decide(block, predecessor, state, variables) is { } target && !ReferenceEquals(target, block)
                            && StaysDominated(block, target, users, ref stale))
                        {
                            Copy(function, predecessor, edge, block, target);
                            known.Clear();
                            users = AllUsers(function);
                            stale = true;
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
            if (inst.Op is IrOp.Atomic or IrOp.CallHelper or IrOp.CallKfunc or IrOp.CallLocal or IrOp.Alloca
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
        Block block, int edge, Dictionary<Inst, int> variables, Dictionary<Block, Dictionary<Inst, long>> known, int depth = 0)
    {
        Dictionary<Inst, long> state = AtEnd(block, variables, known, depth);
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
            start = new(AtEdge(only, only.Successors.ToList().IndexOf(block), variables, known, depth + 1));
        }

        Evaluate(block, start, variables);
        // Cut short by the depth, it knows less than it could: not worth keeping.
        if (depth == 0)
        {
            known[block] = start;
        }

        return start;
    }

    /// <summary>Follows a block's constants; the state is changed to that at its end.</summary>
    private static Dictionary<Inst, long> Evaluate(
        Block block, Dictionary<Inst, long> state, Dictionary<Inst, int> variables, Block? from = null)
    {
        Dictionary<Inst, long> values = [];
        int edge = from is null ? -1 : block.Predecessors.IndexOf(from);
        foreach (Inst inst in block.Insts)
        {
            switch (inst.Op)
            {
                case IrOp.Const:
                    values[inst] = inst.Imm;
                    break;
                case IrOp.Phi:
                    if (edge >= 0 && inst.Args[edge].IsConst)
                    {
                        values[inst] = inst.Args[edge].Imm;
                    }

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
                    if (inst.IsPure && Folding.Fold(inst, a => values.TryGetValue(a, out long v) ? v : a.IsConst ? a.Imm : null) is { } folded)
                    {
                        values[inst] = folded;
                    }

                    break;
            }
        }

        return values;
    }

    private static Block? Decide(Block block, Block from, Dictionary<Inst, long> state, Dictionary<Inst, int> variables)
    {
        if (state.Count == 0 && (block.Insts[0].Op != IrOp.Phi || block.Predecessors.Count(p => ReferenceEquals(p, from)) > 1))
        {
            return null;
        }

        Dictionary<Inst, long> values = Evaluate(block, new(state), variables, from);
        Inst branch = block.Terminator!;
        long? Known(Inst value) => values.TryGetValue(value, out long v) ? v : value.IsConst ? value.Imm : null;
        return Known(branch.Args[0]) is { } a && Known(branch.Args[1]) is { } b
            ? branch.Targets[branch.Cond.Holds(a, b, branch.Args[0].Type) ? 0 : 1]
            : null;
    }

    private static Dictionary<Inst, List<(Inst User, int Index)>> AllUsers(Function function)
    {
        Dictionary<Inst, List<(Inst, int)>> users = [];
        foreach (Inst inst in function.AllInsts)
        {
            for (int i = 0; i < inst.Args.Count; i++)
            {
                if (!users.TryGetValue(inst.Args[i], out List<(Inst, int)>? list))
                {
                    users[inst.Args[i]] = list = [];
                }

                list.Add((inst, i));
            }
        }

        return users;
    }

    // Once an edge leads around the block to a target, the block's values may only be used in the block itself, in phis that tell
    // the edges apart, and behind the other target if only the block leads there.
    private static bool StaysDominated(
        Block block, Block target, Dictionary<Inst, List<(Inst User, int Index)>> users, ref bool stale)
    {
        foreach (Inst inst in block.Insts)
        {
            foreach ((Inst user, int index) in users.GetValueOrDefault(inst) ?? [])
            {
                if (ReferenceEquals(user.Block, block) && user.Op != IrOp.Phi)
                {
                    continue;
                }

                Block at = user.Op == IrOp.Phi ? user.Block!.Predecessors[index] : user.Block!;
                if (user.Op == IrOp.Phi && ReferenceEquals(at, block))
                {
                    continue;
                }

                if (stale)
                {
                    block.Function.Renumber();
                    stale = false;
                }

                bool behind = false;
                foreach (Block other in block.Successors)
                {
                    behind |= !ReferenceEquals(other, target) && !ReferenceEquals(other, block) && other.Predecessors.Count == 1
                        && at.IsDominatedBy(other);
                }

                if (!behind)
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static void Copy(Function function, Block predecessor, int edge, Block block, Block target)
    {
        Block copy = function.NewBlock();
        copy.Cold = block.Cold;
        Dictionary<Inst, Inst> map = [];
        int from = block.Predecessors.IndexOf(predecessor);
        foreach (Inst inst in block.Insts)
        {
            if (inst.IsTerminator)
            {
                break;
            }

            if (inst.Op == IrOp.Phi)
            {
                map[inst] = inst.Args[from];
                continue;
            }

            map[inst] = copy.Add(inst.CopyOf(a => map.GetValueOrDefault(a, a)));
        }

        copy.Add(new Inst(IrOp.Jump, IrType.Void) { Targets = [target], Source = block.Terminator!.Source });
        int old = target.Predecessors.IndexOf(block);
        foreach (Inst phi in target.Insts)
        {
            if (phi.Op != IrOp.Phi)
            {
                break;
            }

            phi.Args.Add(map.GetValueOrDefault(phi.Args[old], phi.Args[old]));
        }

        target.Predecessors.Add(copy);
        predecessor.Terminator!.Targets[edge] = copy;
        foreach (Inst phi in block.Insts)
        {
            if (phi.Op != IrOp.Phi)
            {
                break;
            }

            phi.Args.RemoveAt(from);
        }

        block.Predecessors.RemoveAt(from);
        copy.Predecessors.Add(predecessor);
    }
}
