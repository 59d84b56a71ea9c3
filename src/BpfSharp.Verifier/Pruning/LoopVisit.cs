using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Pruning;

/// <summary>One walk through a loop (an SCC under one chain of calls) and the paths that closed it.</summary>
internal sealed class LoopVisit
{
    /// <summary>The first state saved inside; when all its paths are walked, so is the loop.</summary>
    public PathState? Entry { get; set; }

    /// <summary>Paths that were cut because they met a state still being walked.</summary>
    public List<(PathState From, PathState Equal)> BackEdges { get; } = [];
}

/// <summary>Identifies a loop under a chain of calls.</summary>
internal readonly record struct LoopKey(int Component, ulong CallsLow, ulong CallsHigh);
