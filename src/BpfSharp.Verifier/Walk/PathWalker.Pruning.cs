using BpfSharp.Verifier.ControlFlow;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.Pruning;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

internal sealed partial class PathWalker
{
    private const int MaxHistory = 40;
    private const int CheckpointsBeforeWidening = 64;

    /// <summary>Compares the state with those saved here, and saves it if it is worth it.</summary>
    /// <returns>Whether the path need not be walked on.</returns>
    private bool IsKnown(int slot)
    {
        SlotRoles roles = _code.Roles[slot];
        bool isLoopCall = (roles & (SlotRoles.IteratorNext | SlotRoles.CallsBack | SlotRoles.MayGoto)) != 0;
        bool force = (roles & SlotRoles.ForceCheckpoint) != 0 || _state.History.Count > MaxHistory
            || (_program.Spec.Flags & Objects.ProgramFlags.TestStateFrequency) != 0;
        bool save = force || (_jumps - _jumpsAtSave >= 2 && _processed - _processedAtSave >= 8);
        List<SavedState>? states = _saved.At(slot, _state);
        // The newest first: a path most often meets what its neighbour has just left behind.
        for (int i = (states?.Count ?? 0) - 1; i >= 0; i--)
        {
            SavedState saved = states![i];
            PathState old = saved.State;
            bool isOpen = old.Branches > 0;
            bool isLoop = false;
            bool hit;
            if (isOpen)
            {
                hit = MeetsOpenState(old, roles, isLoopCall);
                isLoop = hit;
                if (!hit && !isLoopCall && !force && _jumps - _jumpsAtSave < 20 && _processed - _processedAtSave < 100)
                {
                    save = false;
                }
            }
            else
            {
                isLoop = IsInOpenLoop(old);
                hit = _comparer.Covers(old, _state, isLoop || Claims is not null ? Exactness.RangeWithin : Exactness.Subset);
            }

            if (hit)
            {
                saved.Hits++;
                Adopt(old, slot, roles, isLoop);
                return true;
            }

            if (save)
            {
                saved.Misses++;
            }

            int patience = (roles & SlotRoles.ForceCheckpoint) != 0 && isOpen ? 64 : 3;
            if (saved.Misses > (saved.Hits * patience) + patience)
            {
                _saved.Remove(states, i);
            }
        }

        if (save)
        {
            Save(slot);
        }

        return false;
    }

    private bool MeetsOpenState(PathState old, SlotRoles roles, bool isLoopCall)
    {
        FrameState frame = old.Current;
        if (frame.IsAsync && frame.AsyncEntries != _frame.AsyncEntries)
        {
            return false;
        }

        if ((roles & SlotRoles.IteratorNext) != 0)
        {
            return _comparer.Covers(old, _state, Exactness.RangeWithin) && IsIteratorActive();
        }

        if ((roles & SlotRoles.MayGoto) != 0 && old.MayGotoDepth != _state.MayGotoDepth
            && _comparer.Covers(old, _state, Exactness.RangeWithin))
        {
            return true;
        }

        if ((roles & SlotRoles.CallsBack) != 0)
        {
            return _comparer.Covers(old, _state, Exactness.RangeWithin);
        }

        if (MayLoop(old) && old.MayGotoDepth == _state.MayGotoDepth && old.CallbackUnrollDepth == _state.CallbackUnrollDepth
            && _comparer.Covers(old, _state, Exactness.Equal) && !IteratorDepthsDiffer(old, _state))
        {
            if (LoopsEndByFuel)
            {
                NeedsFuel = true;
                return true;
            }

            throw Reject(
                FindingIds.InfiniteLoop, "the loop makes no progress: a state repeats on one path",
                "let something that the exit condition reads change in every round, and bound it by a constant: 'for (i = 0; i < 256; i++)', or bpf_loop (Linux 5.17)");
        }

        return !isLoopCall && LoopsEndByFuel && WidenAndCompare(old);
    }

    /// <summary>In process every jump back costs fuel, so a loop need not be walked to its end: memory safety is enough.</summary>
    private bool LoopsEndByFuel => _program.Options.Mode == VerifierMode.InProcess;

    /// <summary>Whether a loop was cut short because fuel ends it.</summary>
    public bool NeedsFuel { get; private set; }

    /// <summary>On a long path, numbers that differ from round to round and that nothing depends on become unknown.</summary>
    private bool WidenAndCompare(PathState old)
    {
        if (_code.Components[_state.Slot] == 0 || _state.PathLength < CheckpointsBeforeWidening
            || !StateTable.SameCalls(old, _state))
        {
            return false;
        }

        if (!_comparer.Covers(old, _state, Exactness.RangeWithin))
        {
            StateComparer.Widen(old, _state);
            if (!_comparer.Covers(old, _state, Exactness.RangeWithin))
            {
                return false;
            }
        }

        NeedsFuel = true;
        return true;
    }

    /// <summary>A cheap look before the full comparison.</summary>
    private bool MayLoop(PathState old)
    {
        if (old.Depth != _state.Depth)
        {
            return false;
        }

        FrameState before = old.Current;
        for (int r = 0; r < 10; r++)
        {
            ref RegisterState a = ref before.Registers[r];
            if (a.Kind != RegisterKind.NotInit && (a.Kind != _frame.Registers[r].Kind || !a.Range.Equals(_frame.Registers[r].Range)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IteratorDepthsDiffer(PathState old, PathState now)
    {
        for (int f = old.Depth - 1; f >= 0; f--)
        {
            FrameState before = old[f];
            for (int s = 0; s < before.StackSlots && s < now[f].StackSlots; s++)
            {
                ref StackSlot a = ref before.Stack[s];
                ref StackSlot b = ref now[f].Stack[s];
                if (a[0] == SlotByte.Iterator && b[0] == SlotByte.Iterator && a.Spilled.Offset != b.Spilled.Offset)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private void Adopt(PathState old, int slot, SlotRoles roles, bool isLoop)
    {
        if ((roles & SlotRoles.JumpPoint) != 0)
        {
            Remember(-1, 0, 0);
        }

        _backtracker.Propagate(old, _state, slot);
        if (isLoop && LoopOf(old) is { } visit)
        {
            // What the old state still turns out to depend on must be handed on when the loop is done.
            PathState copy = new();
            copy.CopyFrom(_state, _pool);
            copy.History.AddRange(_state.History);
            visit.BackEdges.Add((copy, old));
        }
    }

    private void Save(int slot)
    {
        _jumpsAtSave = _jumps;
        _processedAtSave = _processed;
        PathState copy = new();
        copy.CopyFrom(_state, _pool);
        copy.History.AddRange(_state.History);
        copy.Slot = slot;
        StateComparer.CleanDead(copy, _program.Live, slot);
        ClearPrecision(copy);
        _saved.Add(slot, copy);
        EnterLoop(copy);
        _state.Parent = copy;
        _state.FirstSlot = slot;
        _state.PathLength++;
        _state.History.Clear();
        _historyAtSlot = false;
    }

    private static void ClearPrecision(PathState state)
    {
        for (int f = 0; f < state.Depth; f++)
        {
            FrameState frame = state[f];
            foreach (ref RegisterState register in frame.Registers.AsSpan())
            {
                register.Precise = false;
            }

            foreach (ref StackSlot slot in frame.Stack.AsSpan(0, frame.StackSlots))
            {
                slot.Spilled.Precise = false;
            }
        }
    }

    private bool TryLoopKey(PathState state, out LoopKey key)
    {
        ulong low = 0;
        ulong high = 0;
        for (int f = 0; f < state.Depth; f++)
        {
            int at = f == state.Depth - 1 ? state.Slot : state[f + 1].CallSite;
            int component = _code.Components[at];
            if (component != 0)
            {
                key = new(component, low, high);
                return true;
            }

            high = high << 20 | low >> 44;
            low = low << 20 | (uint)(at + 1);
        }

        key = default;
        return false;
    }

    private LoopVisit? LoopOf(PathState state) =>
        TryLoopKey(state, out LoopKey key) ? _saved.Loops.GetValueOrDefault(key) : null;

    private bool IsInOpenLoop(PathState old) => LoopOf(old) is { BackEdges.Count: > 0 };

    private void EnterLoop(PathState state)
    {
        if (!TryLoopKey(state, out LoopKey key))
        {
            return;
        }

        if (!_saved.Loops.TryGetValue(key, out LoopVisit? visit))
        {
            _saved.Loops[key] = visit = new LoopVisit();
        }

        visit.Entry ??= state;
    }

    /// <summary>When the first state of a loop is walked to its end, all precision inside is known: hand it round until it settles.</summary>
    private void LeaveLoop(PathState state)
    {
        if (LoopOf(state) is not { } visit || !ReferenceEquals(visit.Entry, state))
        {
            return;
        }

        visit.Entry = null;
        bool changed = visit.BackEdges.Count > 0;
        while (changed)
        {
            changed = false;
            foreach ((PathState from, PathState equal) in visit.BackEdges)
            {
                _backtracker.Propagate(equal, from, from.Slot);
                changed |= _backtracker.Changed;
            }
        }

        visit.BackEdges.Clear();
    }
}
