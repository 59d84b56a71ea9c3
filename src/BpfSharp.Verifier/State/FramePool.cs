namespace BpfSharp.Verifier.State;

/// <summary>Frames and states to use again: a path costs copies, not allocations.</summary>
internal sealed class FramePool
{
    private readonly Stack<FrameState> _frames = new();
    private readonly Stack<PathState> _states = new();

    public FrameState Rent() => _frames.TryPop(out FrameState? frame) ? frame : new FrameState();

    public void Return(FrameState frame) => _frames.Push(frame);

    public PathState RentState() => _states.TryPop(out PathState? state) ? state : new PathState();

    public void Return(PathState state)
    {
        for (int i = 0; i < state.Depth; i++)
        {
            _frames.Push(state.Frames[i]!);
            state.Frames[i] = null;
        }

        state.Depth = 0;
        state.Parent = null;
        state.History.Clear();
        state.Branches = 0;
        state.IsEqualState = false;
        _states.Push(state);
    }
}
