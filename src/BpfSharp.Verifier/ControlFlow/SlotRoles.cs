namespace BpfSharp.Verifier.ControlFlow;

/// <summary>What a slot is to the walk over paths.</summary>
[Flags]
internal enum SlotRoles : byte
{
    None = 0,
    /// <summary>States are compared here.</summary>
    PrunePoint = 1,
    /// <summary>Reached by a jump: the way back must be remembered.</summary>
    JumpPoint = 2,
    /// <summary>A state is always saved here.</summary>
    ForceCheckpoint = 4,
    /// <summary>Calls a function that calls back before it returns.</summary>
    CallsBack = 8,
    /// <summary>Second slot of an <c>lddw</c>.</summary>
    SecondSlot = 16,
    /// <summary>A path can reach it.</summary>
    Reachable = 32,
    /// <summary>An iterator's next function.</summary>
    IteratorNext = 64,
    /// <summary>A may_goto instruction.</summary>
    MayGoto = 128,
}
