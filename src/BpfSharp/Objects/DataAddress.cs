namespace BpfSharp.Objects;

/// <summary>An address that the first contents of a data section should hold (<c>static const char *name = "x";</c>).</summary>
/// <remarks>The kernel cannot fill it, so programs there read 0, as with every other loader; a host in process may.</remarks>
/// <param name="ByteOffset">Where the 8-byte address stands.</param>
/// <param name="Target">Map of a data section, declared map, or function it is the address of.</param>
/// <param name="TargetByteOffset">Offset in the target's contents.</param>
public readonly record struct DataAddress(int ByteOffset, string Target, int TargetByteOffset);
