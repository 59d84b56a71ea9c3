using System.Numerics;
using BpfSharp.Hooks;
using BpfSharp.Isa;

namespace BpfSharp.Compiler.Emit;

/// <summary>Which places of a function's stack may not share bytes: those that hold something at the same time.</summary>
/// <remarks>
/// A place holds something from the first instruction that may touch it to the last that may. What may touch it is followed through
/// registers and spill slots from where its address is made. An address that goes where this cannot follow it (into other memory, to a
/// function of the program, to a kernel function that may keep it) makes its place one that shares with none.
/// </remarks>
internal sealed class StackSharing
{
    private const int Registers = 10;

    private readonly MachineFunction _function;
    private readonly List<StackPlace> _places;
    private readonly Dictionary<StackPlace, int> _index = [];
    private readonly int _words;
    // Whose places never share.
    private readonly ulong[] _escaped;
    // Places whose address is somewhere in a register: what is stored in them is not followed.
    private readonly ulong[] _addressed;
    private readonly ulong[][] _conflicts;

    private StackSharing(MachineFunction function, List<StackPlace> places)
    {
        _function = function;
        _places = places;
        _words = (places.Count + 63) / 64;
        _escaped = new ulong[_words];
        _addressed = new ulong[_words];
        _conflicts = new ulong[places.Count][];
        for (int i = 0; i < places.Count; i++)
        {
            _index[places[i]] = i;
            _conflicts[i] = new ulong[_words];
        }
    }

    /// <summary>For each of the places, by index, a set of bits of those that it may not overlap.</summary>
    public static ulong[][] Conflicts(MachineFunction function, List<StackPlace> places)
    {
        StackSharing sharing = new(function, places);
        sharing.Compute();
        return sharing._conflicts;
    }

    public static bool Has(ulong[] set, int index) => (set[index / 64] >> (index % 64) & 1) != 0;

    private static void Add(ulong[] set, int index) => set[index / 64] |= 1UL << (index % 64);

    private static bool Union(ulong[] into, ulong[]? from)
    {
        bool changed = false;
        for (int i = 0; from is not null && i < into.Length; i++)
        {
            ulong before = into[i];
            into[i] |= from[i];
            changed |= before != into[i];
        }

        return changed;
    }

    /// <summary>The places whose address each register, and each spill slot, may hold; <see langword="null"/> for none.</summary>
    private sealed class Holders
    {
        public ulong[]?[] OfRegister { get; } = new ulong[Registers][];

        public Dictionary<int, ulong[]> OfPlace { get; private init; } = [];

        public Holders Clone()
        {
            Holders copy = new() { OfPlace = new(OfPlace) };
            OfRegister.CopyTo(copy.OfRegister, 0);
            return copy;
        }
    }

    private void Compute()
    {
        Dictionary<MachineBlock, MachineBlock[]> successors = [];
        foreach (MachineBlock block in _function.Blocks)
        {
            MachineInst last = block.Insts[^1];
            successors[block] = [.. new[] { last.Target, last.Otherwise }.OfType<MachineBlock>()];
            foreach (MachineInst inst in block.Insts)
            {
                if (inst.Place is { } place && inst.Op == Op.Add64Imm)
                {
                    Add(_addressed, _index[place]);
                }
            }
        }

        Dictionary<MachineInst, ulong[]> touched = FollowAddresses(successors);
        Dictionary<MachineBlock, ulong[]> before = Reached(successors, touched);
        Dictionary<MachineBlock, ulong[]> after = Needed(successors, touched);
        foreach (MachineBlock block in _function.Blocks)
        {
            // Backwards: what is needed after each instruction, of what was touched before it.
            List<ulong[]> reached = [];
            ulong[] now = [.. before[block]];
            foreach (MachineInst inst in block.Insts)
            {
                Union(now, touched.GetValueOrDefault(inst));
                reached.Add([.. now]);
            }

            ulong[] live = [.. after[block]];
            for (int k = block.Insts.Count - 1; k >= 0; k--)
            {
                MachineInst inst = block.Insts[k];
                ulong[] here = And(live, reached[k]);
                Union(here, touched.GetValueOrDefault(inst));
                Conflict(here);
                Step(live, inst, touched);
            }

            Conflict(And(live, before[block]));
        }

        for (int i = 0; i < _places.Count; i++)
        {
            if (Has(_escaped, i))
            {
                Array.Fill(_conflicts[i], ulong.MaxValue);
                foreach (ulong[] others in _conflicts)
                {
                    Add(others, i);
                }
            }
        }
    }

    private static ulong[] And(ulong[] a, ulong[] b)
    {
        ulong[] both = new ulong[a.Length];
        for (int i = 0; i < a.Length; i++)
        {
            both[i] = a[i] & b[i];
        }

        return both;
    }

    private void Conflict(ulong[] together)
    {
        for (int word = 0; word < together.Length; word++)
        {
            for (ulong rest = together[word]; rest != 0; rest &= rest - 1)
            {
                Union(_conflicts[word * 64 + BitOperations.TrailingZeroCount(rest)], together);
            }
        }
    }

    // Forward, to a fixed point: which places each instruction may touch.
    private Dictionary<MachineInst, ulong[]> FollowAddresses(Dictionary<MachineBlock, MachineBlock[]> successors)
    {
        Dictionary<MachineBlock, Holders> starts = new() { [_function.Blocks[0]] = new Holders() };
        Dictionary<MachineInst, ulong[]> touched = [];
        Queue<MachineBlock> work = new([_function.Blocks[0]]);
        HashSet<MachineBlock> queued = [_function.Blocks[0]];
        while (work.TryDequeue(out MachineBlock? block))
        {
            queued.Remove(block);
            Holders state = starts[block].Clone();
            foreach (MachineInst inst in block.Insts)
            {
                Follow(inst, state, touched);
            }

            foreach (MachineBlock successor in successors[block])
            {
                bool changed;
                if (starts.TryGetValue(successor, out Holders? known))
                {
                    changed = Merge(known, state);
                }
                else
                {
                    starts[successor] = state.Clone();
                    changed = true;
                }

                if (changed && queued.Add(successor))
                {
                    work.Enqueue(successor);
                }
            }
        }

        return touched;

        bool Merge(Holders into, Holders from)
        {
            bool changed = false;
            for (int i = 0; i < Registers; i++)
            {
                if (Joined(into.OfRegister[i], from.OfRegister[i]) is { } both)
                {
                    into.OfRegister[i] = both;
                    changed = true;
                }
            }

            foreach ((int place, ulong[] added) in from.OfPlace)
            {
                if (Joined(into.OfPlace.GetValueOrDefault(place), added) is { } both)
                {
                    into.OfPlace[place] = both;
                    changed = true;
                }
            }

            return changed;
        }

        // Sets are shared between states: a change makes a new one.
        ulong[]? Joined(ulong[]? old, ulong[]? added)
        {
            if (added is null || ReferenceEquals(added, old))
            {
                return null;
            }

            ulong[] both = old is null ? new ulong[_words] : [.. old];
            return Union(both, added) ? both : null;
        }
    }

    private void Follow(MachineInst inst, Holders state, Dictionary<MachineInst, ulong[]> touched)
    {
        ulong[]? Of(int register) => register is >= 0 and < Registers ? state.OfRegister[register] : null;

        void Set(int register, ulong[]? places)
        {
            if (register is >= 0 and < Registers)
            {
                state.OfRegister[register] = places;
            }
        }

        void Touch(ulong[]? places)
        {
            if (places is not null)
            {
                if (!touched.TryGetValue(inst, out ulong[]? known))
                {
                    touched[inst] = known = new ulong[_words];
                }

                Union(known, places);
            }
        }

        ulong[]? Both(ulong[]? a, ulong[]? b)
        {
            if (a is null || b is null)
            {
                return a ?? b;
            }

            ulong[] union = [.. a];
            Union(union, b);
            return union;
        }

        switch (inst.Kind)
        {
            case MachineKind.Copy:
                Set(inst.Dst, Of(inst.Src));
                return;
            case MachineKind.Call:
                for (int i = 1; i <= inst.Arguments; i++)
                {
                    Touch(Of(i));
                    if (!Forgets(inst, i - 1))
                    {
                        Union(_escaped, Of(i));
                    }
                }

                for (int i = 0; i <= 5; i++)
                {
                    Set(i, null);
                }

                return;
            case MachineKind.Jump or MachineKind.Branch or MachineKind.Exit:
                return;
            case MachineKind.Plain:
                break;
        }

        ulong[]? direct = null;
        if (inst.Place is { } place)
        {
            direct = new ulong[_words];
            Add(direct, _index[place]);
        }

        ref readonly OpcodeInfo row = ref OpcodeTable.Get(inst.Op);
        switch (row.Kind)
        {
            case OpKind.Alu when direct is not null:
                Set(inst.Dst, Both(Of(inst.Dst), direct));
                return;
            case OpKind.Alu when row.Operation is Operation.Mov or Operation.MovSx:
                Set(inst.Dst, inst.Src >= 0 ? Of(inst.Src) : null);
                return;
            case OpKind.Alu:
                Set(inst.Dst, Both(Of(inst.Dst), inst.Src >= 0 ? Of(inst.Src) : null));
                return;
            case OpKind.LoadImmediate64:
                Set(inst.Dst, null);
                return;
            case OpKind.Load:
                Touch(direct ?? Of(inst.Src));
                Set(inst.Dst, direct is not null ? state.OfPlace.GetValueOrDefault(_index[inst.Place!]) : null);
                return;
            case OpKind.Store:
                Touch(direct ?? Of(inst.Dst));
                if (direct is not null && IsSlot(inst.Place!) && Overwrites(inst))
                {
                    state.OfPlace.Remove(_index[inst.Place!]);
                    if (Of(inst.Src) is { } held)
                    {
                        state.OfPlace[_index[inst.Place!]] = held;
                    }
                }
                else if (inst.Src >= 0)
                {
                    Union(_escaped, Of(inst.Src));
                }

                return;
            case OpKind.Atomic:
                Touch(direct ?? Of(inst.Dst));
                Union(_escaped, Of(inst.Src));
                if (row.Operation == Operation.Cmpxchg)
                {
                    Set(0, null);
                }
                else if (row.Fetches)
                {
                    Set(inst.Src, null);
                }

                return;
            case OpKind.Endian:
                return;
            case OpKind.AddressSpaceCast or OpKind.LoadAcquire or OpKind.StoreRelease or OpKind.LegacyPacket or OpKind.Jump
                or OpKind.ConditionalJump or OpKind.MayGoto or OpKind.IndirectJump or OpKind.Call or OpKind.Exit:
            default:
                Touch(direct);
                Union(_escaped, direct);
                Union(_escaped, Of(inst.Dst));
                Union(_escaped, Of(inst.Src));
                return;
        }
    }

    // Only ever read and written as one word by its name: what is in it is followed as in a register.
    private bool IsSlot(StackPlace place) => place.Size == 8 && !Has(_addressed, _index[place]);

    private static bool Overwrites(MachineInst store) =>
        store.Offset == 0 && OpcodeTable.Get(store.Op).Kind == OpKind.Store && OpcodeTable.Get(store.Op).Width == store.Place!.Size * 8;

    // A helper that takes memory is done with it when it returns, unless it calls back or the memory is a dynptr.
    private static bool Forgets(MachineInst call, int argument) =>
        call.Op == Op.CallHelper && HelperTable.Find((int)call.Imm) is { } helper
        && !helper.Has(HelperTraits.CallsBack) && !helper.Has(HelperTraits.CallsBackLater)
        && (argument >= helper.Arguments.Length || helper.Arguments[argument].Kind
            is not (HelperArgumentKind.Dynptr or HelperArgumentKind.Stack or HelperArgumentKind.Function));

    private Dictionary<MachineBlock, ulong[]> Reached(
        Dictionary<MachineBlock, MachineBlock[]> successors, Dictionary<MachineInst, ulong[]> touched)
    {
        Dictionary<MachineBlock, ulong[]> starts = [];
        Dictionary<MachineBlock, ulong[]> own = [];
        foreach (MachineBlock block in _function.Blocks)
        {
            starts[block] = new ulong[_words];
            own[block] = new ulong[_words];
            foreach (MachineInst inst in block.Insts)
            {
                Union(own[block], touched.GetValueOrDefault(inst));
            }
        }

        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach (MachineBlock block in _function.Blocks)
            {
                foreach (MachineBlock successor in successors[block])
                {
                    changed |= Union(starts[successor], starts[block]) | Union(starts[successor], own[block]);
                }
            }
        }

        return starts;
    }

    // What each block's end still needs, backwards to a fixed point.
    private Dictionary<MachineBlock, ulong[]> Needed(
        Dictionary<MachineBlock, MachineBlock[]> successors, Dictionary<MachineInst, ulong[]> touched)
    {
        Dictionary<MachineBlock, ulong[]> ends = [];
        Dictionary<MachineBlock, ulong[]> starts = [];
        foreach (MachineBlock block in _function.Blocks)
        {
            ends[block] = new ulong[_words];
            starts[block] = new ulong[_words];
        }

        bool changed = true;
        bool first = true;
        while (changed)
        {
            changed = false;
            for (int b = _function.Blocks.Count - 1; b >= 0; b--)
            {
                MachineBlock block = _function.Blocks[b];
                bool more = false;
                foreach (MachineBlock successor in successors[block])
                {
                    more |= Union(ends[block], starts[successor]);
                }

                if (more || first)
                {
                    ulong[] live = [.. ends[block]];
                    for (int k = block.Insts.Count - 1; k >= 0; k--)
                    {
                        Step(live, block.Insts[k], touched);
                    }

                    changed |= Union(starts[block], live);
                }
            }

            first = false;
        }

        return ends;
    }

    private void Step(ulong[] live, MachineInst inst, Dictionary<MachineInst, ulong[]> touched)
    {
        if (inst.Place is { } place && Overwrites(inst))
        {
            // Nothing that stood there before is read any more.
            int index = _index[place];
            live[index / 64] &= ~(1UL << (index % 64));
            return;
        }

        Union(live, touched.GetValueOrDefault(inst));
    }
}
