namespace BpfSharp.Verifier.State;

/// <summary>A step of a path worth remembering for walking it backwards.</summary>
/// <param name="Slot">The instruction.</param>
/// <param name="Previous">The one before it.</param>
/// <param name="StackFrame">Frame of the stack slot it read or wrote; -1 for none.</param>
/// <param name="StackSlot">Index of that slot.</param>
/// <param name="Linked">Registers that share one number here.</param>
internal record struct HistoryEntry(int Slot, int Previous, sbyte StackFrame, byte StackSlot, ulong Linked);
