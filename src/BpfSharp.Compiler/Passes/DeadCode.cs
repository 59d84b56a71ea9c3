using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <summary>Drops what nobody uses, stores nobody reads, and fetches of old values nobody wants.</summary>
internal static class DeadCode
{
    public static bool Run(Function function)
    {
        bool changed = RemoveDeadStores(function);
        HashSet<Inst> live = [];
        Stack<Inst> work = new();
        foreach (Inst inst in function.AllInsts)
        {
            if (inst.HasEffect && live.Add(inst))
            {
                work.Push(inst);
            }
        }

        while (work.Count > 0)
        {
            foreach (Inst arg in work.Pop().Args)
            {
                if (live.Add(arg))
                {
                    work.Push(arg);
                }
            }
        }

        foreach (Block block in function.Blocks)
        {
            changed |= block.Insts.RemoveAll(i => !live.Contains(i) && i.Op != IrOp.Param) > 0;
        }

        Dictionary<Inst, int> uses = function.CountUses();
        foreach (Inst inst in function.AllInsts)
        {
            if (inst.Op == IrOp.Atomic && !uses.ContainsKey(inst))
            {
                AtomicOp plain = inst.Atomic switch
                {
                    AtomicOp.FetchAdd => AtomicOp.Add,
                    AtomicOp.FetchOr => AtomicOp.Or,
                    AtomicOp.FetchAnd => AtomicOp.And,
                    AtomicOp.FetchXor => AtomicOp.Xor,
                    AtomicOp.Add or AtomicOp.Or or AtomicOp.And or AtomicOp.Xor or AtomicOp.Exchange
                        or AtomicOp.CompareExchange => inst.Atomic,
                    _ => inst.Atomic,
                };
                if (plain != inst.Atomic)
                {
                    inst.Atomic = plain;
                    inst.Type = IrType.Void;
                    changed = true;
                }
            }
        }

        return changed;
    }

    // A place that is only stored to is no place.
    private static bool RemoveDeadStores(Function function)
    {
        HashSet<Inst> read = [];
        foreach (Inst inst in function.AllInsts)
        {
            for (int i = 0; i < inst.Args.Count; i++)
            {
                if (Root(inst.Args[i]) is not { } root)
                {
                    continue;
                }

                bool onlyAddress = (inst.Op == IrOp.Store && i == 0) || (inst.Op == IrOp.Add && inst.Type == IrType.Ptr);
                if (!onlyAddress)
                {
                    read.Add(root);
                }
            }
        }

        bool changed = false;
        foreach (Block block in function.Blocks)
        {
            changed |= block.Insts.RemoveAll(i => i.Op == IrOp.Store && Root(i.Args[0]) is { } root && !read.Contains(root)) > 0;
        }

        return changed | RemoveStoresBeforeEnd(function) | RemoveOverwritten(function);
    }

    // What is stored on the way to the end, with no use of the place between, nobody reads.
    private static bool RemoveStoresBeforeEnd(Function function)
    {
        Dictionary<Inst, HashSet<Block>> uses = [];
        foreach (Inst inst in function.AllInsts)
        {
            for (int i = 0; i < inst.Args.Count; i++)
            {
                if (Root(inst.Args[i]) is { } root && !(inst.Op == IrOp.Store && i == 0)
                    && !(inst.Op == IrOp.Add && inst.Type == IrType.Ptr))
                {
                    if (!uses.TryGetValue(root, out HashSet<Block>? blocks))
                    {
                        uses[root] = blocks = [];
                    }

                    blocks.Add(inst.Block!);
                }
            }
        }

        bool changed = false;
        Dictionary<Inst, HashSet<Block>> reaching = [];
        foreach (Block block in function.Blocks)
        {
            for (int k = block.Insts.Count - 1; k >= 0; k--)
            {
                Inst store = block.Insts[k];
                if (store.Op != IrOp.Store || Root(store.Args[0]) is not { } root || !uses.TryGetValue(root, out HashSet<Block>? where))
                {
                    continue;
                }

                if (!reaching.TryGetValue(root, out HashSet<Block>? reach))
                {
                    reaching[root] = reach = Reaching(where);
                }

                bool usedBelow = false;
                for (int j = k + 1; j < block.Insts.Count && !usedBelow; j++)
                {
                    Inst below = block.Insts[j];
                    usedBelow = below.Args.Where((a, n) => ReferenceEquals(Root(a), root) && !(below.Op == IrOp.Store && n == 0)).Any();
                }

                if (!usedBelow && !block.Successors.Any(reach.Contains))
                {
                    block.Insts.RemoveAt(k);
                    changed = true;
                }
            }
        }

        return changed;
    }

    // A store all of whose bytes are stored again in its block, with no read of them between.
    private static bool RemoveOverwritten(Function function)
    {
        HashSet<Inst> escaped = [];
        foreach (Inst inst in function.AllInsts)
        {
            for (int i = 0; i < inst.Args.Count; i++)
            {
                bool local = (inst.Op is IrOp.Load or IrOp.Store && i == 0) || (inst.Op == IrOp.Add && i == 0)
                    || inst.Op is IrOp.Compare or IrOp.Branch;
                if (!local && Root(inst.Args[i]) is { } root)
                {
                    escaped.Add(root);
                }
            }
        }

        bool changed = false;
        foreach (Block block in function.Blocks)
        {
            // Bytes of each place that are stored again further down.
            Dictionary<Inst, HashSet<long>> again = [];
            for (int k = block.Insts.Count - 1; k >= 0; k--)
            {
                Inst inst = block.Insts[k];
                Inst? place = inst.Op is IrOp.Load or IrOp.Store ? Root(inst.Args[0]) : null;
                if (inst.Op == IrOp.Store && place is not null && FixedOffset(inst) is { } at && !inst.Volatile)
                {
                    HashSet<long> bytes = again.TryGetValue(place, out HashSet<long>? known) ? known : again[place] = [];
                    bool all = true;
                    for (int i = 0; i < inst.Width; i++)
                    {
                        all &= !bytes.Add(at + i);
                    }

                    if (all)
                    {
                        block.Insts.RemoveAt(k);
                        changed = true;
                    }
                }
                else if (inst.Op == IrOp.Load && place is not null)
                {
                    again.Remove(place);
                }
                else if (inst.Op is IrOp.Load or IrOp.Atomic || (inst.WritesMemory && inst.Op != IrOp.Store))
                {
                    foreach (Inst other in escaped)
                    {
                        again.Remove(other);
                    }
                }
            }
        }

        return changed;
    }

    private static long? FixedOffset(Inst access)
    {
        (Inst start, long distance) = Addresses.Split(access.Args[0]);
        return start.Op == IrOp.Alloca ? access.Offset + distance : null;
    }

    // Blocks from which one of the given blocks can be reached.
    private static HashSet<Block> Reaching(HashSet<Block> targets)
    {
        HashSet<Block> reached = [.. targets];
        Stack<Block> work = new(targets);
        while (work.Count > 0)
        {
            foreach (Block predecessor in work.Pop().Predecessors)
            {
                if (reached.Add(predecessor))
                {
                    work.Push(predecessor);
                }
            }
        }

        return reached;
    }

    private static Inst? Root(Inst address) => Addresses.Root(address) is { Op: IrOp.Alloca } place ? place : null;
}
