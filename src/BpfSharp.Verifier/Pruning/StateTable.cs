using BpfSharp.Verifier.ControlFlow;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Pruning;

/// <summary>The states saved so far, by slot.</summary>
internal sealed class StateTable(CodeMap code)
{
    private const int BytesPerFrame = 1500;
    private const int BytesPerSlot = 112;
    private readonly List<SavedState>?[] _bySlot = new List<SavedState>?[code.Length];
    private readonly List<int> _used = [];

    public int Total { get; private set; }

    public int Count { get; private set; }

    public int Peak { get; private set; }

    /// <summary>Rough size of what is kept.</summary>
    public long Bytes { get; private set; }

    public Dictionary<LoopKey, LoopVisit> Loops { get; } = [];

    public List<SavedState>? At(int slot) => _bySlot[slot];

    public void Add(int slot, PathState state)
    {
        List<SavedState>? list = _bySlot[slot];
        if (list is null)
        {
            _bySlot[slot] = list = [];
            _used.Add(slot);
        }

        list.Add(new SavedState(state));
        Total++;
        Count++;
        Peak = Math.Max(Peak, Count);
        Bytes += SizeOf(state);
    }

    public void RemoveAt(int slot, int index)
    {
        List<SavedState> list = _bySlot[slot]!;
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
        Loops.Clear();
        Count = 0;
        Bytes = 0;
    }

    /// <summary>The state saved at a call when this very path last stood there.</summary>
    public PathState? FindPreviousEntry(PathState state, int callSite)
    {
        PathState? at = state.Parent;
        List<SavedState>? list = _bySlot[callSite];
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
