namespace BpfSharp.Verifier.State;

/// <summary>Everything known at one point of one path.</summary>
internal sealed class PathState
{
    public const int MaxFrames = 8;

    /// <summary>Frames, outermost first; the first <see cref="Depth"/> are meant.</summary>
    public readonly FrameState?[] Frames = new FrameState?[MaxFrames];
    /// <summary>Number of frames.</summary>
    public int Depth;
    /// <summary>What must be given back.</summary>
    public Reference[] References = [];
    public int ReferenceCount;
    /// <summary>Locks among them.</summary>
    public int ActiveLocks;
    /// <summary>Nested RCU read sections.</summary>
    public int RcuDepth;
    /// <summary>Nested sections without preemption.</summary>
    public int PreemptDepth;
    /// <summary>Id of the interrupt flags saved last; 0 for none.</summary>
    public int ActiveIrq;
    /// <summary>The kind, map and id of the lock taken last.</summary>
    public int LockId;
    public int LockObject;
    /// <summary>Whether the program may sleep here.</summary>
    public bool Sleepable;
    /// <summary>The saved state this path came from.</summary>
    public PathState? Parent;
    /// <summary>Paths from here that are not walked to their end.</summary>
    public int Branches;
    /// <summary>Slot the state stands at.</summary>
    public int Slot;
    /// <summary>First instruction after <see cref="Parent"/>.</summary>
    public int FirstSlot;
    /// <summary>Last instruction before <see cref="Slot"/>.</summary>
    public int LastSlot;
    /// <summary>Jumps and stack accesses since <see cref="Parent"/>.</summary>
    public readonly List<HistoryEntry> History = [];
    /// <summary>Callbacks entered on this path.</summary>
    public int CallbackUnrollDepth;
    /// <summary>may_goto jumps taken on this path.</summary>
    public int MayGotoDepth;
    /// <summary>Saved states on the way here.</summary>
    public int PathLength;
    /// <summary>Whether the walk of the loop (SCC) this state stands in was not finished when it was last compared.</summary>
    public bool IsEqualState;
    /// <summary>Whether the path is one that a processor might only speculate.</summary>
    public bool Speculative;

    /// <summary>The innermost frame.</summary>
    public FrameState Current => Frames[Depth - 1]!;

    /// <summary>A frame of the path.</summary>
    public FrameState this[int frame] => Frames[frame]!;

    /// <summary>Copies all but history and place in the tree.</summary>
    public void CopyFrom(PathState other, FramePool pool)
    {
        for (int i = other.Depth; i < Depth; i++)
        {
            pool.Return(Frames[i]!);
            Frames[i] = null;
        }

        for (int i = 0; i < other.Depth; i++)
        {
            FrameState frame = Frames[i] ??= pool.Rent();
            frame.CopyFrom(other.Frames[i]!);
        }

        Depth = other.Depth;
        if (References.Length < other.ReferenceCount)
        {
            References = new Reference[other.ReferenceCount];
        }

        other.References.AsSpan(0, other.ReferenceCount).CopyTo(References);
        ReferenceCount = other.ReferenceCount;
        ActiveLocks = other.ActiveLocks;
        RcuDepth = other.RcuDepth;
        PreemptDepth = other.PreemptDepth;
        ActiveIrq = other.ActiveIrq;
        LockId = other.LockId;
        LockObject = other.LockObject;
        Sleepable = other.Sleepable;
        Parent = other.Parent;
        Branches = other.Branches;
        Slot = other.Slot;
        FirstSlot = other.FirstSlot;
        LastSlot = other.LastSlot;
        CallbackUnrollDepth = other.CallbackUnrollDepth;
        MayGotoDepth = other.MayGotoDepth;
        PathLength = other.PathLength;
        Speculative = other.Speculative;
    }

    /// <summary>Adds something to give back.</summary>
    public void AddReference(Reference reference)
    {
        if (References.Length == ReferenceCount)
        {
            Array.Resize(ref References, Math.Max(4, ReferenceCount * 2));
        }

        References[ReferenceCount++] = reference;
    }

    /// <summary>Removes a reference; the order of the others stays.</summary>
    public bool RemoveReference(ReferenceKind kind, int id)
    {
        for (int i = 0; i < ReferenceCount; i++)
        {
            if (References[i].Id == id && References[i].Kind == kind)
            {
                Array.Copy(References, i + 1, References, i, ReferenceCount - i - 1);
                ReferenceCount--;
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether an acquired object is held under the id.</summary>
    public bool HoldsPointer(int id)
    {
        for (int i = 0; i < ReferenceCount; i++)
        {
            if (References[i].Id == id && References[i].Kind == ReferenceKind.Pointer)
            {
                return true;
            }
        }

        return false;
    }
}
