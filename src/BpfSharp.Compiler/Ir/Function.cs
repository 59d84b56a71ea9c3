using BpfSharp.Compiler.Il;
using BpfSharp.Diagnostics;

namespace BpfSharp.Compiler.Ir;

/// <summary>A function of the program being compiled.</summary>
internal sealed class Function(string name)
{
    private int _nextInst;
    private int _nextBlock;

    public string Name { get; } = name;

    /// <summary>Blocks; the first is the entry. In reverse postorder after <see cref="Renumber"/>.</summary>
    public List<Block> Blocks { get; set; } = [];

    public List<Inst> Parameters { get; } = [];

    /// <summary>Source places that instructions refer to by number.</summary>
    public List<SourceLocation> Sources { get; } = [];

    public IrType ReturnType { get; set; }

    public IlMethod? Method { get; set; }

    /// <summary>Whether it is the program itself.</summary>
    public bool IsMain { get; set; }

    public bool IsGlobal { get; set; }

    public Block Entry => Blocks[0];

    public Block NewBlock()
    {
        Block block = new(this) { Id = _nextBlock++ };
        Blocks.Add(block);
        return block;
    }

    /// <summary>Recomputes reachability, order, predecessors, dominators and loop depths; unreachable blocks go.</summary>
    /// <remarks>Phi operands follow the predecessors that stay.</remarks>
    public void Renumber()
    {
        List<Block> order = ReversePostorder();
        HashSet<Block> live = [.. order];
        Dictionary<Block, List<Block>> before = [];
        foreach (Block block in order)
        {
            before[block] = [.. block.Predecessors];
        }

        foreach (Block block in order)
        {
            block.Predecessors.Clear();
        }

        foreach (Block block in order)
        {
            foreach (Block successor in block.Successors)
            {
                successor.Predecessors.Add(block);
            }
        }

        foreach (Block block in order)
        {
            if (block.Insts.Count > 0 && block.Insts[0].Op == IrOp.Phi)
            {
                ReorderPhis(block, before[block]);
            }
        }

        Blocks = order;
        ComputeDominators();
        ComputeLoopDepths();
        _nextBlock = 0;
        _nextInst = 0;
        foreach (Block block in order)
        {
            block.Id = _nextBlock++;
            foreach (Inst inst in block.Insts)
            {
                inst.Id = _nextInst++;
            }
        }

        foreach (Inst parameter in Parameters)
        {
            if (parameter.Block is null || !live.Contains(parameter.Block))
            {
                parameter.Id = _nextInst++;
            }
        }
    }

    public int InstCount => _nextInst;

    public IEnumerable<Inst> AllInsts => Blocks.SelectMany(b => b.Insts);

    /// <summary>Replaces uses of values by others, chains followed.</summary>
    public void Replace(Dictionary<Inst, Inst> map)
    {
        if (map.Count == 0)
        {
            return;
        }

        foreach (Block block in Blocks)
        {
            foreach (Inst inst in block.Insts)
            {
                for (int i = 0; i < inst.Args.Count; i++)
                {
                    inst.Args[i] = Follow(map, inst.Args[i]);
                }
            }
        }
    }

    public static Inst Follow(Dictionary<Inst, Inst> map, Inst value)
    {
        while (map.TryGetValue(value, out Inst? next))
        {
            value = next;
        }

        return value;
    }

    /// <summary>How often each value is used.</summary>
    public Dictionary<Inst, int> CountUses()
    {
        Dictionary<Inst, int> uses = [];
        foreach (Inst inst in AllInsts)
        {
            foreach (Inst arg in inst.Args)
            {
                uses[arg] = uses.GetValueOrDefault(arg) + 1;
            }
        }

        return uses;
    }

    // A block may be twice among the predecessors (both ways of a branch): the k-th old edge keeps the k-th operand.
    private static void ReorderPhis(Block block, List<Block> before)
    {
        List<int> picks = [];
        Dictionary<Block, int> seen = [];
        foreach (Block predecessor in block.Predecessors)
        {
            int skip = seen.GetValueOrDefault(predecessor);
            seen[predecessor] = skip + 1;
            int found = -1;
            for (int i = 0; i < before.Count; i++)
            {
                if (ReferenceEquals(before[i], predecessor) && (skip-- == 0 || found < 0))
                {
                    found = i;
                    if (skip < 0)
                    {
                        break;
                    }
                }
            }

            picks.Add(found);
        }

        foreach (Inst phi in block.Insts)
        {
            if (phi.Op != IrOp.Phi)
            {
                break;
            }

            Inst[] old = [.. phi.Args];
            phi.Args.Clear();
            foreach (int pick in picks)
            {
                phi.Args.Add(old[pick]);
            }
        }
    }

    private List<Block> ReversePostorder()
    {
        List<Block> order = [];
        HashSet<Block> seen = [Entry];
        Stack<(Block Block, int Next)> stack = new();
        stack.Push((Entry, 0));
        while (stack.Count > 0)
        {
            (Block block, int next) = stack.Pop();
            IReadOnlyList<Block> successors = block.Successors;
            if (next < successors.Count)
            {
                stack.Push((block, next + 1));
                // The last successor first, so that the first one follows its block in the final order.
                Block successor = successors[successors.Count - 1 - next];
                if (seen.Add(successor))
                {
                    stack.Push((successor, 0));
                }
            }
            else
            {
                order.Add(block);
            }
        }

        order.Reverse();
        return order;
    }

    private void ComputeDominators()
    {
        Dictionary<Block, int> number = [];
        for (int i = 0; i < Blocks.Count; i++)
        {
            number[Blocks[i]] = i;
            Blocks[i].Dominator = null;
        }

        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int i = 1; i < Blocks.Count; i++)
            {
                Block block = Blocks[i];
                Block? common = null;
                foreach (Block predecessor in block.Predecessors)
                {
                    if (predecessor.Dominator is null && !ReferenceEquals(predecessor, Entry))
                    {
                        continue;
                    }

                    common = common is null ? predecessor : Intersect(common, predecessor);
                }

                if (!ReferenceEquals(common, block.Dominator))
                {
                    block.Dominator = common;
                    changed = true;
                }
            }
        }

        Block Intersect(Block a, Block b)
        {
            while (!ReferenceEquals(a, b))
            {
                while (number[a] > number[b])
                {
                    a = a.Dominator!;
                }

                while (number[b] > number[a])
                {
                    b = b.Dominator!;
                }
            }

            return a;
        }
    }

    private void ComputeLoopDepths()
    {
        foreach (Block block in Blocks)
        {
            block.LoopDepth = 0;
        }

        foreach (Block header in Blocks)
        {
            HashSet<Block> loop = [];
            Stack<Block> work = new();
            foreach (Block predecessor in header.Predecessors)
            {
                if (predecessor.IsDominatedBy(header))
                {
                    loop.Add(header);
                    if (loop.Add(predecessor) || ReferenceEquals(predecessor, header))
                    {
                        work.Push(predecessor);
                    }
                }
            }

            while (work.Count > 0)
            {
                Block block = work.Pop();
                if (ReferenceEquals(block, header))
                {
                    continue;
                }

                foreach (Block predecessor in block.Predecessors)
                {
                    if (loop.Add(predecessor))
                    {
                        work.Push(predecessor);
                    }
                }
            }

            foreach (Block block in loop)
            {
                block.LoopDepth++;
            }
        }
    }
}
