using BpfSharp.Verifier.ControlFlow;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Pruning;

/// <summary>The states saved so far, by slot and by the call that led to the function.</summary>
/// <remarks>
/// States of other calls never match; kept apart, they do not wear each other out either: how long a state is kept depends on
/// how often it was compared in vain.
/// </remarks>
internal sealed class StateTable(CodeMap code)
{
    private const int BytesPerFrame = 1500;
    private const int BytesPerSlot = 112;
    private readonly List<SavedState>?[] _bySlot = new List<SavedState>?[code.Length];
    private readonly List<int> _used = [];
    private readonly Dictionary<(int Slot, int CallSite), List<SavedState>> _inCalls = [];

    public int Total { get; private set; }

    public int Count { get; private set; }

    public int Peak { get; private set; }

    /// <summary>Rough size of what is kept.</summary>
    public long Bytes { get; private set; }

    public Dictionary<LoopKey, LoopVisit> Loops { get; } = [];

    public List<SavedState>? At(int slot, PathState state)
    {
        int callSite = state.Current.CallSite;
        return callSite < 0 ? _bySlot[slot] : _inCalls.GetValueOrDefault((slot, callSite));
    }

    public void Add(int slot, PathState state)
    {
        List<SavedState>? list = At(slot, state);
        if (list is null)
        {
            list = [];
            if (state.Current.CallSite < 0)
            {
                _bySlot[slot] = list;
                _used.Add(slot);
            }
            else
            {
                _inCalls[(slot, state.Current.CallSite)] = list;
            }
        }

        list.Add(new SavedState(state));
        Total++;
        Count++;
        Peak = Math.Max(Peak, Count);
        Bytes += SizeOf(state);
    }

    public void Remove(List<SavedState> list, int index)
    {
        Bytes -= SizeOf(list[index].State);
        list.RemoveAt(index);
        Count--;
    }

    public void Clear()
    {
        foreach (int slot in _used)
        {
            _bySlot[slot] = null;
        }

        _used.Clear();
        _inCalls.Clear();
        Loops.Clear();
        Count = 0;
        Bytes = 0;
    }

    /// <summary>The state saved at a call when this very path last stood there.</summary>
    public PathState? FindPreviousEntry(PathState state, int callSite)
    {
        PathState? at = state.Parent;
        List<SavedState>? list = At(callSite, state);
        if (list is null)
        {
            return null;
        }

        while (at is not null)
        {
            if (at.Slot == callSite && at.Branches > 0 && at.Depth == state.Depth && SameCalls(at, state))
            {
                foreach (SavedState saved in list)
                {
                    if (ReferenceEquals(saved.State, at))
                    {
                        return at;
                    }
                }
            }

            at = at.Parent;
        }

        return null;
    }

    public static bool SameCalls(PathState a, PathState b)
    {
        if (a.Depth != b.Depth)
        {
            return false;
        }

        for (int i = 0; i < a.Depth; i++)
        {
            if (a[i].CallSite != b[i].CallSite)
            {
                return false;
            }
        }

        return true;
    }

    private static long SizeOf(PathState state)
    {
        long bytes = 400;
        for (int i = 0; i < state.Depth; i++)
        {
            bytes += BytesPerFrame + (state[i].StackSlots * BytesPerSlot);
        }

        return bytes;
    }
}
