using BpfSharp.Isa;

namespace BpfSharp.Compiler.Emit;

/// <summary>Orders blocks, so that most jumps fall through, and encodes a function.</summary>
internal static class Layout
{
    public static List<MachineBlock> Order(MachineFunction function)
    {
        List<MachineBlock> order = [];
        HashSet<MachineBlock> placed = [];
        Dictionary<MachineBlock, int> predecessors = [];
        foreach (MachineBlock block in function.Blocks)
        {
            foreach (MachineBlock successor in block.Successors.Distinct())
            {
                predecessors[successor] = predecessors.GetValueOrDefault(successor) + 1;
            }
        }

        foreach (MachineBlock seed in function.Blocks.OrderBy(b => b.Cold ? 1 : 0))
        {
            MachineBlock? next = seed;
            while (next is not null && placed.Add(next))
            {
                order.Add(next);
                next = Choose(next);
            }
        }

        return order;

        MachineBlock? Choose(MachineBlock block)
        {
            MachineInst last = block.Insts[^1];
            switch (last.Kind)
            {
                case MachineKind.Jump:
                    return placed.Contains(last.Target!) ? null : last.Target;
                case MachineKind.Branch:
                    MachineBlock? best = null;
                    foreach (MachineBlock candidate in (MachineBlock[])[last.Otherwise!, last.Target!])
                    {
                        if (placed.Contains(candidate) || (candidate.Cold && !block.Cold))
                        {
                            continue;
                        }

                        if (best is null || Better(candidate, best))
                        {
                            best = candidate;
                        }
                    }

                    return best;
                case MachineKind.Plain or MachineKind.Copy or MachineKind.Call or MachineKind.Exit:
                default:
                    return null;
            }
        }

        // Deeper in loops first; then what only this block leads to; shared ends last.
        bool Better(MachineBlock a, MachineBlock b)
        {
            if (a.LoopDepth != b.LoopDepth)
            {
                return a.LoopDepth > b.LoopDepth;
            }

            bool aEnds = a.Insts[^1].Kind == MachineKind.Exit;
            bool bEnds = b.Insts[^1].Kind == MachineKind.Exit;
            if (aEnds != bEnds)
            {
                return bEnds;
            }

            return predecessors.GetValueOrDefault(a) < predecessors.GetValueOrDefault(b);
        }
    }

    /// <summary>Makes jumps of the terminators: those that fall through go, conditions are inverted where that helps.</summary>
    public static void FallThrough(List<MachineBlock> order)
    {
        for (int i = 0; i < order.Count; i++)
        {
            MachineBlock block = order[i];
            MachineBlock? next = i + 1 < order.Count ? order[i + 1] : null;
            MachineInst last = block.Insts[^1];
            if (last.Kind == MachineKind.Jump)
            {
                if (ReferenceEquals(last.Target, next))
                {
                    block.Insts.RemoveAt(block.Insts.Count - 1);
                }
                else if (last.Target!.Insts is [{ Kind: MachineKind.Exit } exit])
                {
                    block.Insts[^1] = new MachineInst { Kind = MachineKind.Exit, Source = exit.Source };
                }
            }
            else if (last.Kind == MachineKind.Branch && !ReferenceEquals(last.Otherwise, next))
            {
                if (ReferenceEquals(last.Target, next) && Inverse(last.Op) is { } inverse)
                {
                    last.Op = inverse;
                    (last.Target, last.Otherwise) = (last.Otherwise, last.Target);
                }
                else
                {
                    block.Insts.Add(last.Otherwise!.Insts is [{ Kind: MachineKind.Exit } exit]
                        ? new MachineInst { Kind = MachineKind.Exit, Source = exit.Source }
                        : new MachineInst { Kind = MachineKind.Jump, Target = last.Otherwise, Source = last.Source });
                }
            }
        }
    }

    /// <summary>
    /// Cpu level 4 jumps farther without a condition than with one: a branch that is too far skips such a jump, on the opposite condition.
    /// </summary>
    /// <param name="order">The blocks, with their slots.</param>
    /// <returns>Whether anything changed: then slots are to be assigned again.</returns>
    public static bool Lengthen(List<MachineBlock> order)
    {
        // Room for what lengthening inserts between a branch and its target.
        const int most = short.MaxValue - 1024;
        bool any = false;
        for (int i = 0; i < order.Count; i++)
        {
            MachineBlock block = order[i];
            int at = block.Insts.FindIndex(k => k.Kind == MachineKind.Branch);
            if (at < 0 || Math.Abs(block.Insts[at].Target!.Slot - block.Slot - block.Insts.Count) <= most)
            {
                continue;
            }

            any = true;
            MachineInst branch = block.Insts[at];
            MachineBlock far = branch.Target!;
            MachineBlock rest = new(order.Count) { LoopDepth = block.LoopDepth, Cold = block.Cold };
            rest.Insts.AddRange(block.Insts[(at + 1)..]);
            block.Insts.RemoveRange(at + 1, block.Insts.Count - at - 1);
            branch.Target = rest;
            order.Insert(i + 1, rest);
            if (Inverse(branch.Op) is { } inverse)
            {
                branch.Op = inverse;
                block.Insts.Add(new MachineInst { Kind = MachineKind.Jump, Target = far, Source = branch.Source });
                continue;
            }

            // No opposite: the branch goes to the long jump, around which everything else goes.
            MachineBlock hop = new(order.Count) { LoopDepth = block.LoopDepth, Cold = block.Cold };
            hop.Insts.Add(new MachineInst { Kind = MachineKind.Jump, Target = far, Source = branch.Source });
            branch.Target = hop;
            block.Insts.Add(new MachineInst { Kind = MachineKind.Jump, Target = rest, Source = branch.Source });
            order.Insert(i + 1, hop);
        }

        return any;
    }

    private static Op? Inverse(Op op)
    {
        Operation? wanted = OpcodeTable.Get(op).Operation switch
        {
            Operation.Jeq => Operation.Jne,
            Operation.Jne => Operation.Jeq,
            Operation.Jgt => Operation.Jle,
            Operation.Jle => Operation.Jgt,
            Operation.Jge => Operation.Jlt,
            Operation.Jlt => Operation.Jge,
            Operation.Jsgt => Operation.Jsle,
            Operation.Jsle => Operation.Jsgt,
            Operation.Jsge => Operation.Jslt,
            Operation.Jslt => Operation.Jsge,
            _ => null,
        };
        if (wanted is not { } operation)
        {
            return null;
        }

        OpcodeInfo info = OpcodeTable.Get(op);
        foreach (ref readonly OpcodeInfo row in OpcodeTable.Rows)
        {
            if (row.Kind == OpKind.ConditionalJump && row.Operation == operation && row.Width == info.Width
                && row.Operand == info.Operand)
            {
                return row.Op;
            }
        }

        return null;
    }
}
