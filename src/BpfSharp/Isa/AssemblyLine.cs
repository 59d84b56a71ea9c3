namespace BpfSharp.Isa;

/// <summary>One line of assembler that holds an instruction.</summary>
/// <param name="Number">1-based number in the text.</param>
/// <param name="Slot">Slot the instruction starts at.</param>
/// <param name="Text">The line without labels and comment.</param>
internal readonly record struct AssemblyLine(int Number, int Slot, string Text);
