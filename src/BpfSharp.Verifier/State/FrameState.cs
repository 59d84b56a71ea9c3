namespace BpfSharp.Verifier.State;

/// <summary>One call frame on one path: registers and stack.</summary>
internal sealed class FrameState
{
    public const int RegisterCount = 11;

    /// <summary>r0 to r10.</summary>
    public readonly RegisterState[] Registers = new RegisterState[RegisterCount];
    /// <summary>Slot 0 is fp-8. Only the first <see cref="StackSlots"/> are meant.</summary>
    public StackSlot[] Stack = [];
    /// <summary>Slots touched so far.</summary>
    public int StackSlots;
    /// <summary>The call's slot; -1 for the outermost frame.</summary>
    public int CallSite = -1;
    /// <summary>The function.</summary>
    public int Subprogram;
    /// <summary>Position in the chain of frames.</summary>
    public int Number;
    /// <summary>Whether it is a callback that a helper runs before it returns.</summary>
    public bool IsCallback;
    /// <summary>Whether it is a callback that runs later.</summary>
    public bool IsAsync;
    /// <summary>Whether it is the exception callback.</summary>
    public bool IsExceptionCallback;
    /// <summary>Smallest value a callback may return.</summary>
    public int ReturnMin;
    /// <summary>Largest value a callback may return.</summary>
    public int ReturnMax = 1;
    /// <summary>How often the callback of the call at hand has been walked.</summary>
    public int CallbackDepth;
    /// <summary>How often an async callback led to another.</summary>
    public int AsyncEntries;

    public void CopyFrom(FrameState other)
    {
        other.Registers.AsSpan().CopyTo(Registers);
        if (Stack.Length < other.StackSlots)
        {
            Stack = new StackSlot[other.StackSlots];
        }

        other.Stack.AsSpan(0, other.StackSlots).CopyTo(Stack);
        StackSlots = other.StackSlots;
        CallSite = other.CallSite;
        Subprogram = other.Subprogram;
        Number = other.Number;
        IsCallback = other.IsCallback;
        IsAsync = other.IsAsync;
        IsExceptionCallback = other.IsExceptionCallback;
        ReturnMin = other.ReturnMin;
        ReturnMax = other.ReturnMax;
        CallbackDepth = other.CallbackDepth;
        AsyncEntries = other.AsyncEntries;
    }

    /// <summary>Makes a slot exist, with all slots above it.</summary>
    public void GrowStack(int slots)
    {
        if (slots <= StackSlots)
        {
            return;
        }

        if (Stack.Length < slots)
        {
            Array.Resize(ref Stack, Math.Min(64, Math.Max(slots, Stack.Length * 2)));
        }

        Stack.AsSpan(StackSlots, slots - StackSlots).Clear();
        StackSlots = slots;
    }
}
