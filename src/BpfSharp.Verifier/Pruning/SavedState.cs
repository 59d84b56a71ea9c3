using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Pruning;

/// <summary>A state kept at a slot, with the record of its use.</summary>
internal sealed class SavedState(PathState state)
{
    public PathState State { get; } = state;

    public int Hits { get; set; }

    public int Misses { get; set; }
}
