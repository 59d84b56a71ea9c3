namespace BpfSharp.Objects;

/// <summary>A global variable: a place in the first contents of a data section's map.</summary>
/// <param name="Name">Its symbol name.</param>
/// <param name="Map">The data section's map.</param>
/// <param name="ByteOffset">Where it stands in the value.</param>
/// <param name="Size">Bytes of it.</param>
/// <param name="BtfTypeId">Its type in the object's BTF; 0 if unknown.</param>
public sealed record GlobalVariable(string Name, MapSpec Map, int ByteOffset, int Size, int BtfTypeId)
{
    /// <summary>Its bytes before load; writing them edits the object.</summary>
    public Span<byte> InitialBytes => Map.InitialData.AsSpan(ByteOffset, Size);
}
