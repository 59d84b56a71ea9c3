using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <remarks>One round, evaluated with what is constant in it.</remarks>
internal static partial class Unrolling
{
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

            return Addresses.Split(value);
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
}
