using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <remarks>The rounds behind one another, in place of the loop.</remarks>
internal static partial class Unrolling
{
    private static void WriteOut(Function function, Loop loop, List<Round> rounds)
    {
        Block entering = loop.Header.Predecessors[loop.EntryEdge];
        List<Dictionary<Block, Block>> blocks = [];
        foreach (Round round in rounds)
        {
            Dictionary<Block, Block> made = [];
            foreach (Block block in loop.Blocks.Where(round.Reached.Contains))
            {
                made[block] = function.NewBlock();
                made[block].Cold = block.Cold;
            }

            blocks.Add(made);
        }

        // What the values of the loop are at the end of the round written last.
        Dictionary<Inst, Inst> before = [];
        HashSet<Inst> ours = [.. loop.Blocks.SelectMany(b => b.Insts)];
        for (int k = 0; k < rounds.Count; k++)
        {
            Round round = rounds[k];
            Dictionary<Inst, Inst> values = [];
            Inst Value(Inst value) => values.GetValueOrDefault(value, value);
            Block From(Block predecessor) => blocks[k][predecessor];
            foreach (Block block in loop.Blocks.Where(round.Reached.Contains))
            {
                Block copy = blocks[k][block];
                Fill(block, copy, round, values, Value, From, k);
            }

            // Phis may use what is made further down.
            foreach (Block block in loop.Blocks.Where(round.Reached.Contains))
            {
                foreach (Inst phi in blocks[k][block].Insts.Where(i => i.Op == IrOp.Phi))
                {
                    for (int i = 0; i < phi.Args.Count; i++)
                    {
                        phi.Args[i] = Value(phi.Args[i]);
                    }
                }
            }

            before = values;
        }

        // The way in leads to the first round; uses behind the loop see the round that leaves it.
        Inst enter = entering.Terminator!;
        for (int i = 0; i < enter.Targets.Length; i++)
        {
            if (ReferenceEquals(enter.Targets[i], loop.Header))
            {
                enter.Targets[i] = blocks[0][loop.Header];
            }
        }

        blocks[0][loop.Header].Predecessors.Add(entering);
        HashSet<Block> copies = [.. blocks.SelectMany(b => b.Values)];
        foreach (Block block in function.Blocks)
        {
            if (loop.Members.Contains(block) || copies.Contains(block))
            {
                continue;
            }

            RemoveEdges(block, loop.Members);
            foreach (Inst inst in block.Insts)
            {
                for (int i = 0; i < inst.Args.Count; i++)
                {
                    if (ours.Contains(inst.Args[i]))
                    {
                        inst.Args[i] = before.GetValueOrDefault(inst.Args[i], inst.Args[i]);
                    }
                }
            }
        }

        function.Blocks.RemoveAll(loop.Members.Contains);

        void Fill(
            Block block, Block copy, Round round, Dictionary<Inst, Inst> values, Func<Inst, Inst> value, Func<Block, Block> from, int k)
        {
            bool isHeader = ReferenceEquals(block, loop.Header);
            foreach (Inst inst in block.Insts)
            {
                if (inst.Op == IrOp.Phi && isHeader)
                {
                    Inst incoming = inst.Args[k == 0 ? loop.EntryEdge : loop.LatchEdge];
                    values[inst] = k == 0 ? incoming : before.GetValueOrDefault(incoming, incoming);
                    continue;
                }

                if (inst.Op == IrOp.Phi)
                {
                    Inst phi = new(IrOp.Phi, inst.Type) { Source = inst.Source, Space = inst.Space };
                    for (int i = 0; i < inst.Args.Count; i++)
                    {
                        Block predecessor = block.Predecessors[i];
                        if (round.Reached.Contains(predecessor)
                            && (!round.Decided.TryGetValue(predecessor, out Block? way) || ReferenceEquals(way, block)))
                        {
                            phi.Args.Add(inst.Args[i]);
                            if (ReferenceEquals(inst, block.Insts[0]))
                            {
                                copy.Predecessors.Add(from(predecessor));
                            }
                        }
                    }

                    values[inst] = copy.Add(phi);
                    continue;
                }

                if (inst.IsTerminator)
                {
                    break;
                }

                values[inst] = copy.Add(inst.CopyOf(value));
            }

            Inst end = block.Terminator!;
            Inst made = round.Decided.TryGetValue(block, out Block? only)
                ? new Inst(IrOp.Jump, IrType.Void) { Targets = [only], Source = end.Source }
                : end.CopyOf(value);
            for (int i = 0; i < made.Targets.Length; i++)
            {
                Block target = made.Targets[i];
                if (ReferenceEquals(target, loop.Header))
                {
                    made.Targets[i] = blocks[k + 1][loop.Header];
                    made.Targets[i].Predecessors.Add(copy);
                }
                else if (loop.Members.Contains(target))
                {
                    made.Targets[i] = blocks[k][target];
                    if (!(target.Insts.Count > 0 && target.Insts[0].Op == IrOp.Phi))
                    {
                        made.Targets[i].Predecessors.Add(copy);
                    }
                }
                else
                {
                    AddExit(block, copy, target, value);
                }
            }

            copy.Add(made);
        }
    }

    private static void AddExit(Block block, Block copy, Block target, Func<Inst, Inst> value)
    {
        int edge = target.Predecessors.IndexOf(block);
        target.Predecessors.Add(copy);
        foreach (Inst phi in target.Insts)
        {
            if (phi.Op != IrOp.Phi)
            {
                break;
            }

            phi.Args.Add(value(phi.Args[edge]));
        }
    }

    private static void RemoveEdges(Block block, HashSet<Block> from)
    {
        for (int i = block.Predecessors.Count - 1; i >= 0; i--)
        {
            if (!from.Contains(block.Predecessors[i]))
            {
                continue;
            }

            block.Predecessors.RemoveAt(i);
            foreach (Inst phi in block.Insts)
            {
                if (phi.Op != IrOp.Phi)
                {
                    break;
                }

                phi.Args.RemoveAt(i);
            }
        }
    }
}
