namespace BpfSharp.Verifier.State;

/// <summary>Kinds of things that must be given back before the program ends.</summary>
internal enum ReferenceKind : byte
{
    /// <summary>An acquired object.</summary>
    Pointer,
    /// <summary>A taken spin lock.</summary>
    Lock,
    /// <summary>A taken resilient spin lock.</summary>
    ResilientLock,
    /// <summary>As <see cref="ResilientLock"/>, with interrupts off.</summary>
    ResilientIrqLock,
    /// <summary>Saved interrupt flags.</summary>
    Irq,
}

/// <summary>Something the program holds.</summary>
/// <param name="Kind">What.</param>
/// <param name="Id">Its id; shared by the registers that hold it.</param>
/// <param name="Slot">Where it was taken.</param>
/// <param name="Object">For a lock: the map or allocation it lies in.</param>
internal readonly record struct Reference(ReferenceKind Kind, int Id, int Slot, int Object);
