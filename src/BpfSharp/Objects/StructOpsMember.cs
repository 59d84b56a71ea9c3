namespace BpfSharp.Objects;

/// <summary>A function pointer of a kernel operations structure.</summary>
/// <param name="ByteOffset">Offset of the pointer in the structure as the object declares it.</param>
/// <param name="Member">Name of the member.</param>
/// <param name="Program">Name of the program.</param>
public readonly record struct StructOpsMember(int ByteOffset, string Member, string Program);
