using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <summary>Writes out loops of few rounds whose number is known, where that stays short or makes places on the stack disappear.</summary>
/// <remarks>
/// A counter written out is a constant: indexed accesses get fixed offsets, checks of bounds go, arrays become values. The rounds are
/// counted by evaluating the loop with what is constant in each of them; nothing is assumed about what is not.
/// </remarks>
internal static class Unrolling
{
    private const int MaxRounds = 64;
    private const int MaxLength = 64;
    private const int MaxLengthWithoutMemory = 16;
    private const int MaxLengthWithPlaces = 256;
    private const int MaxCall = 12;
    private const int MaxFunction = 3000;

    private sealed record Loop(Block Header, Block Latch, List<Block> Blocks, HashSet<Block> Members, int EntryEdge, int LatchEdge);

    /// <summary>One round: what is known in it, and which edges it may take.</summary>
    private sealed class Round
    {
        public Dictionary<Inst, long> Known { get; } = [];

        /// <summary>Addresses a known distance from something that does not change in the loop.</summary>
        public Dictionary<Inst, (Inst Base, long Distance)> Pointers { get; } = [];

        public HashSet<Block> Reached { get; } = [];

        /// <summary>Branches that go one way only.</summary>
        public Dictionary<Block, Block> Decided { get; } = [];

        public bool Again { get; set; }
    }

    /// <returns>Whether a loop was written out.</returns>
    public static bool Run(Function function)
    {
        bool any = false;
        HashSet<Block> refused = [];
        for (int count = 0; count < 64; count++)
        {
            Loop? found = Innermost(function).FirstOrDefault(l => !refused.Contains(l.Header));
            if (found is null)
            {
                break;
            }

            if (function.InstCount < MaxFunction && Plan(found) is { } rounds && CanLeave(found, rounds))
            {
                WriteOut(function, found, rounds);
                function.Renumber();
                ControlFlow.Run(function);
                any = true;
            }
            else
            {
                refused.Add(found.Header);
            }
        }

        return any;
    }

    private static IEnumerable<Loop> Innermost(Function function)
    {
        HashSet<Block> headers = [];
        foreach (Block block in function.Blocks)
        {
            if (block.Predecessors.Exists(p => p.IsDominatedBy(block)))
            {
                headers.Add(block);
            }
        }

        foreach (Block header in function.Blocks.Where(headers.Contains))
        {
            if (header.Predecessors.Count != 2)
            {
                continue;
            }

            int latchEdge = header.Predecessors[0].IsDominatedBy(header) ? 0 : 1;
            Block latch = header.Predecessors[latchEdge];
            if (header.Predecessors[1 - latchEdge].IsDominatedBy(header))
            {
                continue;
            }

            HashSet<Block> members = [header];
            Stack<Block> work = new([latch]);
            while (work.TryPop(out Block? block))
            {
                if (members.Add(block))
                {
                    block.Predecessors.ForEach(work.Push);
                }
            }

            if (members.Count(headers.Contains) == 1
                && members.All(b => b.Successors.Count < 2 || !ReferenceEquals(b.Successors[0], b.Successors[1])))
            {
                yield return new Loop(header, latch, [.. function.Blocks.Where(members.Contains)], members, 1 - latchEdge, latchEdge);
            }
        }
    }

    private static List<Round>? Plan(Loop loop)
    {
        if (!loop.Header.Insts.Exists(i => i.Op == IrOp.Phi && (i.Args[loop.EntryEdge].IsConst || i.Type == IrType.Ptr)))
        {
            return null;
        }

        bool places = loop.Blocks.Exists(b => b.Insts.Exists(i => i.Op is IrOp.Load or IrOp.Store && IsIndexedPlace(i.Args[0], loop)));
        bool memory = loop.Blocks.Exists(b => b.Insts.Exists(i => i.Op is IrOp.Load or IrOp.Store or IrOp.Atomic));
        int limit = places ? MaxLengthWithPlaces : memory ? MaxLength : MaxLengthWithoutMemory;
        List<Round> rounds = [];
        int length = 0;
        while (rounds.Count < MaxRounds)
        {
            Round round = Evaluate(loop, rounds.Count > 0 ? rounds[^1] : null, ref length, places);
            if (length > limit)
            {
                return null;
            }

            rounds.Add(round);
            if (!round.Again)
            {
                return rounds;
            }
        }

        return null;
    }

    // An array on the stack, at an index that differs from round to round.
    private static bool IsIndexedPlace(Inst address, Loop loop)
    {
        bool varies = false;
        while (true)
        {
            if (address.Op == IrOp.Add)
            {
                varies |= !address.Args[1].IsConst && address.Args[1].Block is { } block && loop.Members.Contains(block);
                address = address.Args[0];
            }
            else if (address.Op == IrOp.Phi && ReferenceEquals(address.Block, loop.Header))
            {
                varies = true;
                address = address.Args[loop.EntryEdge];
            }
            else
            {
                break;
            }
        }

        return varies && address.Op == IrOp.Alloca;
    }

    private static Round Evaluate(Loop loop, Round? before, ref int length, bool places)
    {
        Round round = new();
        HashSet<(Block From, Block To)> taken = [];
        round.Reached.Add(loop.Header);
        long? Known(Inst value) => value.IsConst ? value.Imm : round.Known.TryGetValue(value, out long v) ? v : null;
        foreach (Block block in loop.Blocks)
        {
            if (!round.Reached.Contains(block))
            {
                continue;
            }

            foreach (Inst inst in block.Insts)
            {
                long? value = null;
                if (inst.Type == IrType.Ptr && PointerOf(inst) is { } pointer)
                {
                    round.Pointers[inst] = pointer;
                }

                if (inst.Op == IrOp.Phi)
                {
                    value = ReferenceEquals(block, loop.Header) ? AtHeader(inst) : AtJoin(inst, block);
                }
                else if (inst.Op == IrOp.Const)
                {
                    continue;
                }
                else if (inst.IsPure)
                {
                    value = Folding.Fold(inst, Known);
                    length += value is null && !IsFree(inst) ? 1 : 0;
                }
                else if (inst.Op == IrOp.MayGoto || inst.Op == IrOp.Alloca)
                {
                    length = int.MaxValue / 2; // bounded by the kernel, not by a count
                }
                else if (!inst.IsTerminator)
                {
                    length += inst.Op is IrOp.CallHelper or IrOp.CallKfunc or IrOp.CallLocal ? MaxCall : 1;
                }

                if (value is { } known)
                {
                    round.Known[inst] = known;
                }
            }

            Inst branch = block.Terminator!;
            IReadOnlyList<Block> ways = block.Successors;
            if (branch.Op == IrOp.Branch && Known(branch.Args[0]) is { } a && Known(branch.Args[1]) is { } b)
            {
                Block way = branch.Targets[branch.Cond.Holds(a, b, branch.Args[0].Type) ? 0 : 1];
                round.Decided[block] = way;
                ways = [way];
            }
            else if (branch.Op == IrOp.Branch && Distances(branch) is { } apart)
            {
                Block way = branch.Targets[branch.Cond.Holds(apart.A, apart.B, IrType.I64) ? 0 : 1];
                round.Decided[block] = way;
                ways = [way];
            }
            else if (branch.Op == IrOp.Branch)
            {
                // Ways that part inside and meet again would be repeated whole: only worth it for a place.
                bool inside = branch.Targets.All(loop.Members.Contains);
                length += inside && !places ? MaxLength : 1;
            }

            foreach (Block way in ways)
            {
                taken.Add((block, way));
                if (ReferenceEquals(way, loop.Header))
                {
                    round.Again = true;
                }
                else if (loop.Members.Contains(way))
                {
                    round.Reached.Add(way);
                }
            }
        }

        return round;

        (Inst Base, long Distance)? PointerOf(Inst inst)
        {
            if (inst.Op == IrOp.Phi && ReferenceEquals(inst.Block, loop.Header))
            {
                Inst incoming = inst.Args[before is null ? loop.EntryEdge : loop.LatchEdge];
                return before is null ? Outside(incoming)
                    : before.Pointers.TryGetValue(incoming, out (Inst, long) then) ? then : Outside(incoming);
            }

            if (inst.Op is IrOp.Add or IrOp.Sub && Known(inst.Args[1]) is { } by && Place(inst.Args[0]) is { } from)
            {
                return (from.Base, from.Distance + (inst.Op == IrOp.Add ? by : -by));
            }

            return null;
        }

        (Inst Base, long Distance)? Place(Inst value) =>
            round.Pointers.TryGetValue(value, out (Inst, long) place) ? place : Outside(value);

        (Inst Base, long Distance)? Outside(Inst value)
        {
            if (value.IsConst || value.Type != IrType.Ptr || (value.Block is { } made && loop.Members.Contains(made)))
            {
                return null;
            }

            long distance = 0;
            while (value.Op == IrOp.Add && value.Args[1].IsConst)
            {
                distance += value.Args[1].Imm;
                value = value.Args[0];
            }

            return (value, distance);
        }

        // Of two addresses in one thing the nearer end is below: things do not wrap around the address space.
        (long A, long B)? Distances(Inst branch)
        {
            return Place(branch.Args[0]) is { } a && Place(branch.Args[1]) is { } b && ReferenceEquals(a.Base, b.Base)
                && a.Distance is >= 0 and <= 1 << 20 && b.Distance is >= 0 and <= 1 << 20 ? (a.Distance, b.Distance) : null;
        }

        long? AtHeader(Inst phi)
        {
            Inst incoming = phi.Args[before is null ? loop.EntryEdge : loop.LatchEdge];
            return incoming.IsConst ? incoming.Imm
                : before is not null && before.Known.TryGetValue(incoming, out long known) ? known : null;
        }

        long? AtJoin(Inst phi, Block block)
        {
            long? same = null;
            for (int i = 0; i < phi.Args.Count; i++)
            {
                if (!taken.Contains((block.Predecessors[i], block)))
                {
                    continue;
                }

                if (Known(phi.Args[i]) is not { } value || (same is { } other && other != value))
                {
                    return null;
                }

                same = value;
            }

            return same;
        }

        // Distances added to addresses end up in the accesses.
        bool IsFree(Inst inst) => inst.Op is IrOp.Trunc or IrOp.Zext or IrOp.MapRef or IrOp.FuncRef
            || (inst.Op == IrOp.Opaque && inst.Imm == 1)
            || (inst.Op == IrOp.Add && inst.Type == IrType.Ptr && Known(inst.Args[1]) is not null);
    }

    // What the loop makes may be used behind it where it is clear which round made it: it is left by one edge in one round, or the use
    // is in a phi that tells the edges apart.
    private static bool CanLeave(Loop loop, List<Round> rounds)
    {
        int exits = 0;
        foreach (Round round in rounds)
        {
            foreach (Block block in round.Reached)
            {
                IEnumerable<Block> ways = round.Decided.TryGetValue(block, out Block? only) ? [only] : block.Successors;
                exits += ways.Count(w => !loop.Members.Contains(w));
            }
        }

        if (exits == 1)
        {
            return true;
        }

        foreach (Block block in loop.Header.Function.Blocks)
        {
            if (loop.Members.Contains(block))
            {
                continue;
            }

            foreach (Inst inst in block.Insts)
            {
                for (int i = 0; i < inst.Args.Count; i++)
                {
                    if (inst.Args[i].Block is { } made && loop.Members.Contains(made)
                        && !(inst.Op == IrOp.Phi && loop.Members.Contains(block.Predecessors[i])))
                    {
                        return false;
                    }
                }
            }
        }

        return true;
    }

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

        Dictionary<Inst, Inst> before = [];
        Dictionary<Inst, Inst> last = [];
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
            last = values;
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
                        inst.Args[i] = last.GetValueOrDefault(inst.Args[i], inst.Args[i]);
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
