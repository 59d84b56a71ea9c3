namespace BpfSharp.Isa;

/// <summary>A run of instructions entered only at its first and left only at its last.</summary>
/// <param name="Index">Its number, in slot order.</param>
/// <param name="StartSlot">Slot of its first instruction.</param>
/// <param name="EndSlot">One past its last slot.</param>
/// <param name="Next">Block entered by falling through; -1 for none.</param>
/// <param name="Taken">Block entered by the jump; -1 for none.</param>
public readonly record struct BasicBlock(int Index, int StartSlot, int EndSlot, int Next, int Taken);
