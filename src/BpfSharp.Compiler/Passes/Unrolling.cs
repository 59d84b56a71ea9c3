using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <summary>Writes out loops of few rounds whose number is known, where that stays short or makes places on the stack disappear.</summary>
/// <remarks>
/// A counter written out is a constant: indexed accesses get fixed offsets, checks of bounds go, arrays become values. The rounds are
/// counted by evaluating the loop with what is constant in each of them; nothing is assumed about what is not.
/// </remarks>
internal static partial class Unrolling
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
}
