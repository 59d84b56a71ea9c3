using System.Collections;
using BpfSharp.Isa;

namespace BpfSharp.Compiler.Emit;

/// <summary>Assigns registers by colouring with iterated coalescing (Chaitin, Briggs, George and Appel); what does not fit gets a stack slot.</summary>
internal sealed class RegisterAllocator
{
    private const int Colours = 10;
    private const int RoundsWithCoalescing = 10;
    private const int RoundsWithChoice = 20;

    private readonly MachineFunction _function;
    private readonly HashSet<int> _unspillable = [];
    private readonly List<int> _scratch = [];
    private readonly List<int> _scratchDefs = [];

    private int _count;
    private bool _coalesces = true;
    private HashSet<int>[] _adjacent = [];
    private int[] _degree = [];
    private int[] _alias = [];
    private int[] _colour = [];
    private double[] _cost = [];
    private State[] _state = [];
    private List<MachineInst>[] _moves = [];
    private readonly HashSet<MachineInst> _worklistMoves = [];
    private readonly HashSet<MachineInst> _activeMoves = [];
    private readonly HashSet<long> _edges = [];
    private readonly SortedSet<int> _simplify = [];
    private readonly SortedSet<int> _freeze = [];
    private readonly SortedSet<int> _spill = [];
    private readonly List<int> _stack = [];

    private enum State : byte
    {
        Precoloured, Initial, Simplify, Freeze, Spill, Spilled, Coalesced, Coloured, OnStack,
    }

    private RegisterAllocator(MachineFunction function) => _function = function;

    /// <summary>Rewrites the function to real registers.</summary>
    public static void Run(MachineFunction function) => new RegisterAllocator(function).Allocate();

    private void Allocate()
    {
        for (int round = 0; ; round++)
        {
            // Joined to others, the short ranges that spilling makes can become long again: then nothing is joined any more.
            _coalesces = round < RoundsWithCoalescing;
            Build();
            MakeWorklists();
            while (true)
            {
                if (_simplify.Count > 0)
                {
                    SimplifyOne();
                }
                else if (_worklistMoves.Count > 0)
                {
                    CoalesceOne();
                }
                else if (_freeze.Count > 0)
                {
                    FreezeOne();
                }
                else if (_spill.Count > 0)
                {
                    SelectSpill();
                }
                else
                {
                    break;
                }
            }

            List<int> spilled = AssignColours();
            if (spilled.Count == 0)
            {
                Rewrite();
                return;
            }

            // The end is certain: with everything in memory each range spans its own instruction and the arguments being set up
            // around it, which is at most two registers and five.
            InsertSpills(round < RoundsWithChoice ? spilled : Everything());
        }
    }

    private List<int> Everything()
    {
        HashSet<int> all = [];
        foreach (MachineInst inst in _function.Blocks.SelectMany(b => b.Insts))
        {
            GetUses(inst);
            GetDefs(inst);
            all.UnionWith(_scratch.Concat(_scratchDefs).Where(r => r >= MachineInst.FirstVirtual).Select(Alias));
        }

        all.ExceptWith(_unspillable);
        all.RemoveWhere(r => r < MachineInst.FirstVirtual);
        return [.. all.Order()];
    }

    private void Build()
    {
        _count = _function.RegisterCount;
        _adjacent = new HashSet<int>[_count];
        _degree = new int[_count];
        _alias = new int[_count];
        _colour = new int[_count];
        _cost = new double[_count];
        _state = new State[_count];
        _moves = new List<MachineInst>[_count];
        for (int i = 0; i < _count; i++)
        {
            _adjacent[i] = [];
            _alias[i] = i;
            _moves[i] = [];
            _colour[i] = -1;
            _state[i] = State.Initial;
        }

        for (int i = 0; i < MachineInst.FirstVirtual; i++)
        {
            _state[i] = State.Precoloured;
            _colour[i] = i;
            _degree[i] = int.MaxValue / 2;
        }

        _edges.Clear();
        _worklistMoves.Clear();
        _activeMoves.Clear();
        _simplify.Clear();
        _freeze.Clear();
        _spill.Clear();
        _stack.Clear();
        Dictionary<MachineBlock, BitArray> liveOut = Liveness();
        foreach (MachineBlock block in _function.Blocks)
        {
            double weight = Math.Pow(10, Math.Min(block.LoopDepth, 6)) * (block.Cold ? 0.1 : 1);
            HashSet<int> live = [];
            BitArray outs = liveOut[block];
            for (int i = 0; i < outs.Length; i++)
            {
                if (outs[i])
                {
                    live.Add(i);
                }
            }

            for (int k = block.Insts.Count - 1; k >= 0; k--)
            {
                MachineInst inst = block.Insts[k];
                GetUses(inst);
                GetDefs(inst);
                if (inst.Kind == MachineKind.Copy && inst.Src != 10 && _coalesces)
                {
                    live.Remove(inst.Src);
                    _moves[inst.Src].Add(inst);
                    _moves[inst.Dst].Add(inst);
                    _worklistMoves.Add(inst);
                }

                foreach (int def in _scratchDefs)
                {
                    live.Add(def);
                }

                foreach (int def in _scratchDefs)
                {
                    _cost[def] += weight;
                    foreach (int other in live)
                    {
                        AddEdge(other, def);
                    }
                }

                foreach (int def in _scratchDefs)
                {
                    live.Remove(def);
                }

                foreach (int use in _scratch)
                {
                    live.Add(use);
                    _cost[use] += weight;
                }
            }
        }
    }

    private void GetUses(MachineInst inst)
    {
        _scratch.Clear();
        inst.Uses(_scratch);
        _scratch.RemoveAll(r => r == 10);
    }

    private void GetDefs(MachineInst inst)
    {
        _scratchDefs.Clear();
        inst.Defs(_scratchDefs);
    }

    private Dictionary<MachineBlock, BitArray> Liveness()
    {
        Dictionary<MachineBlock, BitArray> ins = [];
        Dictionary<MachineBlock, BitArray> outs = [];
        Dictionary<MachineBlock, (BitArray Use, BitArray Def)> local = [];
        foreach (MachineBlock block in _function.Blocks)
        {
            ins[block] = new BitArray(_count);
            outs[block] = new BitArray(_count);
            BitArray use = new(_count);
            BitArray def = new(_count);
            foreach (MachineInst inst in block.Insts)
            {
                GetUses(inst);
                GetDefs(inst);
                foreach (int r in _scratch)
                {
                    if (!def[r])
                    {
                        use[r] = true;
                    }
                }

                foreach (int r in _scratchDefs)
                {
                    def[r] = true;
                }
            }

            local[block] = (use, def);
        }

        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int b = _function.Blocks.Count - 1; b >= 0; b--)
            {
                MachineBlock block = _function.Blocks[b];
                BitArray live = new(_count);
                foreach (MachineBlock successor in block.Successors)
                {
                    live.Or(ins[successor]);
                }

                outs[block] = new BitArray(live);
                BitArray without = new(local[block].Def);
                without.Not();
                live.And(without).Or(local[block].Use);
                if (!Same(live, ins[block]))
                {
                    ins[block] = live;
                    changed = true;
                }
            }
        }

        return outs;

        static bool Same(BitArray a, BitArray b)
        {
            for (int i = 0; i < a.Length; i++)
            {
                if (a[i] != b[i])
                {
                    return false;
                }
            }

            return true;
        }
    }

    private void AddEdge(int a, int b)
    {
        if (a == b || !_edges.Add(Key(a, b)))
        {
            return;
        }

        if (_state[a] != State.Precoloured)
        {
            _adjacent[a].Add(b);
            _degree[a]++;
        }

        if (_state[b] != State.Precoloured)
        {
            _adjacent[b].Add(a);
            _degree[b]++;
        }
    }

    private static long Key(int a, int b) => a < b ? ((long)a << 32) | (uint)b : ((long)b << 32) | (uint)a;

    private void MakeWorklists()
    {
        for (int n = MachineInst.FirstVirtual; n < _count; n++)
        {
            Classify(n);
        }
    }

    private void Classify(int n)
    {
        if (_degree[n] >= Colours)
        {
            _state[n] = State.Spill;
            _spill.Add(n);
        }
        else if (IsMoveRelated(n))
        {
            _state[n] = State.Freeze;
            _freeze.Add(n);
        }
        else
        {
            _state[n] = State.Simplify;
            _simplify.Add(n);
        }
    }

    private IEnumerable<int> Neighbours(int n) =>
        _adjacent[n].Where(m => _state[m] is not (State.OnStack or State.Coalesced));

    private IEnumerable<MachineInst> NodeMoves(int n) =>
        _moves[n].Where(m => _activeMoves.Contains(m) || _worklistMoves.Contains(m));

    private bool IsMoveRelated(int n) => NodeMoves(n).Any();

    private void SimplifyOne()
    {
        int n = _simplify.Min;
        _simplify.Remove(n);
        _stack.Add(n);
        _state[n] = State.OnStack;
        foreach (int m in Neighbours(n).ToArray())
        {
            DecrementDegree(m);
        }
    }

    private void DecrementDegree(int m)
    {
        if (_state[m] == State.Precoloured)
        {
            return;
        }

        int degree = _degree[m]--;
        if (degree == Colours)
        {
            EnableMoves(m);
            foreach (int neighbour in Neighbours(m).ToArray())
            {
                EnableMoves(neighbour);
            }

            if (_spill.Remove(m))
            {
                if (IsMoveRelated(m))
                {
                    _state[m] = State.Freeze;
                    _freeze.Add(m);
                }
                else
                {
                    _state[m] = State.Simplify;
                    _simplify.Add(m);
                }
            }
        }
    }

    private void EnableMoves(int n)
    {
        foreach (MachineInst move in _moves[n])
        {
            if (_activeMoves.Remove(move))
            {
                _worklistMoves.Add(move);
            }
        }
    }

    private int Alias(int n)
    {
        while (_state[n] == State.Coalesced)
        {
            n = _alias[n];
        }

        return n;
    }

    private void CoalesceOne()
    {
        MachineInst move = _worklistMoves.First();
        int x = Alias(move.Src);
        int y = Alias(move.Dst);
        (int u, int v) = _state[y] == State.Precoloured ? (y, x) : (x, y);
        _worklistMoves.Remove(move);
        if (u == v)
        {
            AddWorklist(u);
        }
        else if (_state[v] == State.Precoloured || _edges.Contains(Key(u, v)))
        {
            AddWorklist(u);
            AddWorklist(v);
        }
        else if (_state[u] == State.Precoloured
            ? Neighbours(v).All(t => IsHarmless(t, u))
            : IsConservative(Neighbours(u).Concat(Neighbours(v))))
        {
            Combine(u, v);
            AddWorklist(u);
        }
        else
        {
            _activeMoves.Add(move);
        }
    }

    private void AddWorklist(int u)
    {
        if (_state[u] != State.Precoloured && !IsMoveRelated(u) && _degree[u] < Colours)
        {
            _freeze.Remove(u);
            _state[u] = State.Simplify;
            _simplify.Add(u);
        }
    }

    private bool IsHarmless(int t, int r) =>
        _degree[t] < Colours || _state[t] == State.Precoloured || _edges.Contains(Key(t, r));

    private bool IsConservative(IEnumerable<int> nodes) => nodes.Distinct().Count(n => _degree[n] >= Colours) < Colours;

    private void Combine(int u, int v)
    {
        if (!_freeze.Remove(v))
        {
            _spill.Remove(v);
        }

        _state[v] = State.Coalesced;
        _alias[v] = u;
        _moves[u].AddRange(_moves[v]);
        _cost[u] += _cost[v];
        if (_unspillable.Contains(v))
        {
            _unspillable.Add(u);
        }

        EnableMoves(v);
        foreach (int t in Neighbours(v).ToArray())
        {
            AddEdge(t, u);
            DecrementDegree(t);
        }

        if (_degree[u] >= Colours && _freeze.Remove(u))
        {
            _state[u] = State.Spill;
            _spill.Add(u);
        }
    }

    private void FreezeOne()
    {
        int n = _freeze.Min;
        _freeze.Remove(n);
        _state[n] = State.Simplify;
        _simplify.Add(n);
        FreezeMoves(n);
    }

    private void FreezeMoves(int u)
    {
        foreach (MachineInst move in NodeMoves(u).ToArray())
        {
            int x = Alias(move.Src);
            int y = Alias(move.Dst);
            int v = y == Alias(u) ? x : y;
            _activeMoves.Remove(move);
            _worklistMoves.Remove(move);
            if (_freeze.Contains(v) && !NodeMoves(v).Any() && _degree[v] < Colours)
            {
                _freeze.Remove(v);
                _state[v] = State.Simplify;
                _simplify.Add(v);
            }
        }
    }

    private void SelectSpill()
    {
        int best = -1;
        double least = double.MaxValue;
        foreach (int n in _spill)
        {
            double cost = _unspillable.Contains(n) ? double.MaxValue / 4 : _cost[n] / Math.Max(1, _degree[n]);
            if (best < 0 || cost < least)
            {
                (best, least) = (n, cost);
            }
        }

        _spill.Remove(best);
        _state[best] = State.Simplify;
        _simplify.Add(best);
        FreezeMoves(best);
    }

    // r0 behind the other scratch registers: left alone it can hold the value to return from early on.
    private static readonly int[] s_order = [1, 2, 3, 4, 5, 0, 6, 7, 8, 9];

    private List<int> AssignColours()
    {
        List<int> spilled = [];
        Span<bool> used = stackalloc bool[Colours];
        for (int i = _stack.Count - 1; i >= 0; i--)
        {
            int n = _stack[i];
            used.Clear();
            foreach (int w in _adjacent[n])
            {
                int a = Alias(w);
                if (_state[a] is State.Coloured or State.Precoloured && _colour[a] < Colours)
                {
                    used[_colour[a]] = true;
                }
            }

            int colour = Preferred(n, used);
            if (colour < 0)
            {
                _state[n] = State.Spilled;
                spilled.Add(n);
            }
            else
            {
                _state[n] = State.Coloured;
                _colour[n] = colour;
            }
        }

        for (int n = MachineInst.FirstVirtual; n < _count; n++)
        {
            if (_state[n] == State.Coalesced)
            {
                _colour[n] = _colour[Alias(n)];
            }
        }

        return spilled;
    }

    // A frozen move may still be lucky: the other side's register, if it is free.
    private int Preferred(int n, Span<bool> used)
    {
        foreach (MachineInst move in _moves[n])
        {
            int other = Alias(move.Src) == n ? Alias(move.Dst) : Alias(move.Src);
            if (_state[other] is State.Coloured or State.Precoloured && _colour[other] is >= 0 and < Colours
                && !used[_colour[other]])
            {
                return _colour[other];
            }
        }

        foreach (int colour in s_order)
        {
            if (!used[colour])
            {
                return colour;
            }
        }

        return -1;
    }

    private void InsertSpills(List<int> spilled)
    {
        HashSet<int> wanted = [.. spilled];
        Dictionary<int, MachineInst?> constants = SingleConstants(wanted);
        Dictionary<int, StackPlace> places = Slots([.. spilled.Where(r => constants.GetValueOrDefault(r) is null)]);
        foreach (MachineBlock block in _function.Blocks)
        {
            List<MachineInst> old = [.. block.Insts];
            block.Insts.Clear();
            foreach (MachineInst inst in old)
            {
                GetUses(inst);
                GetDefs(inst);
                int[] uses = [.. _scratch.Where(r => wanted.Contains(Root(r))).Distinct()];
                int[] defs = [.. _scratchDefs.Where(r => wanted.Contains(Root(r))).Distinct()];
                if (uses.Length == 0 && defs.Length == 0)
                {
                    block.Insts.Add(inst);
                    continue;
                }

                // A constant is made again instead of being kept in memory.
                if (defs.Length == 1 && constants.GetValueOrDefault(Root(defs[0])) is { } own && ReferenceEquals(own, inst))
                {
                    continue;
                }

                Dictionary<int, int> temporaries = [];
                foreach (int register in uses.Union(defs))
                {
                    int temporary = _function.NewRegister();
                    temporaries[register] = temporary;
                    _unspillable.Add(temporary);
                    int root = Root(register);
                    if (!uses.Contains(register))
                    {
                        continue;
                    }

                    if (constants.GetValueOrDefault(root) is { } constant)
                    {
                        block.Insts.Add(new MachineInst
                        {
                            Op = constant.Op,
                            Dst = temporary,
                            Imm = constant.Imm,
                            Data = constant.Data,
                            Source = inst.Source,
                        });
                    }
                    else
                    {
                        block.Insts.Add(new MachineInst
                        {
                            Op = Op.Load64,
                            Dst = temporary,
                            Src = 10,
                            Place = Slot(root),
                            Source = inst.Source,
                        });
                    }
                }

                if (temporaries.TryGetValue(inst.Dst, out int dst))
                {
                    inst.Dst = dst;
                }

                if (temporaries.TryGetValue(inst.Src, out int src))
                {
                    inst.Src = src;
                }

                block.Insts.Add(inst);
                foreach (int register in defs)
                {
                    block.Insts.Add(new MachineInst
                    {
                        Op = Op.Store64Reg,
                        Dst = 10,
                        Src = temporaries[register],
                        Place = Slot(Root(register)),
                        Source = inst.Source,
                    });
                }
            }
        }

        StackPlace Slot(int root) => places[root];

        int Root(int register) => register < _count ? Alias(register) : register;
    }

    // Values that are never alive together share a slot.
    private Dictionary<int, StackPlace> Slots(List<int> spilled)
    {
        Dictionary<int, StackPlace> places = [];
        Dictionary<int, List<int>> members = spilled.ToDictionary(r => r, _ => new List<int>());
        for (int n = MachineInst.FirstVirtual; n < _count; n++)
        {
            if (members.TryGetValue(Alias(n), out List<int>? joined))
            {
                joined.Add(n);
            }
        }

        List<(StackPlace Place, List<int> Users)> slots = [];
        foreach (int root in spilled)
        {
            int free = slots.FindIndex(s => !s.Users.Exists(u => members[root].Exists(m => _edges.Contains(Key(u, m)))));
            if (free < 0)
            {
                free = slots.Count;
                slots.Add((new StackPlace(8, 8), []));
                _function.Places.Add(slots[free].Place);
            }

            slots[free].Users.AddRange(members[root]);
            places[root] = slots[free].Place;
        }

        return places;
    }

    private Dictionary<int, MachineInst?> SingleConstants(HashSet<int> wanted)
    {
        Dictionary<int, MachineInst?> found = [];
        foreach (MachineInst inst in _function.Blocks.SelectMany(b => b.Insts))
        {
            GetDefs(inst);
            foreach (int def in _scratchDefs)
            {
                int root = def < _count ? Alias(def) : def;
                if (!wanted.Contains(root))
                {
                    continue;
                }

                bool isConstant = inst.Kind == MachineKind.Plain && inst.Place is null && inst.Data is null
                    && inst.Op is Op.Mov32Imm or Op.Mov64Imm or Op.LoadImm64 or Op.LoadMapIndex or Op.LoadMapValueIndex;
                found[root] = isConstant && !found.ContainsKey(root) ? inst : null;
            }
        }

        return found;
    }

    private void Rewrite()
    {
        foreach (MachineBlock block in _function.Blocks)
        {
            foreach (MachineInst inst in block.Insts)
            {
                inst.Dst = Real(inst.Dst);
                inst.Src = Real(inst.Src);
            }

            block.Insts.RemoveAll(i => i.Kind == MachineKind.Copy && i.Dst == i.Src);
        }

        int Real(int register) => register < MachineInst.FirstVirtual ? register : _colour[register];
    }
}
