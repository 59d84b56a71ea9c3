namespace BpfSharp.Verifier.State;

/// <summary>What a byte of the stack holds.</summary>
internal enum SlotByte : byte
{
    /// <summary>Never written.</summary>
    Invalid,
    /// <summary>Part of a spilled register.</summary>
    Spill,
    /// <summary>Some data.</summary>
    Misc,
    /// <summary>Zero.</summary>
    Zero,
    /// <summary>Part of a dynptr.</summary>
    Dynptr,
    /// <summary>Part of an iterator.</summary>
    Iterator,
    /// <summary>Saved interrupt flags.</summary>
    IrqFlag,
}
