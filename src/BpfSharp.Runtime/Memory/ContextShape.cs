namespace BpfSharp.Runtime.Memory;

/// <summary>How the context of a program type lies in native memory.</summary>
/// <remarks>
/// Some contexts declare pointers as 32-bit fields (<c>xdp_md.data</c>, <c>__sk_buff.data_end</c>). Their real 64-bit
/// pointers stand behind the declared size, at <see cref="WideField.NativeOffset"/>; loading an object rewrites the
/// accesses. All other fields stand where the program's own structure has them.
/// </remarks>
/// <param name="Size">Bytes of the structure as programs declare it.</param>
/// <param name="WideFields">The pointers declared as 32 bits.</param>
internal sealed record ContextShape(int Size, params WideField[] WideFields)
{
    /// <summary>A context without such fields.</summary>
    public static ContextShape Plain { get; } = new(0);

    /// <summary>Bytes of the native structure: the declared size, then the wide fields.</summary>
    public int NativeSize { get; } = WideFields.Length == 0 ? Size : WideFields.Max(f => f.NativeOffset + 8);
}

/// <summary>A pointer that the program's structure declares as 32 bits.</summary>
/// <param name="Offset">Byte offset as declared.</param>
/// <param name="NativeOffset">Byte offset of the 64-bit pointer in native memory; a multiple of 8.</param>
/// <param name="Role">What it points to.</param>
internal readonly record struct WideField(int Offset, int NativeOffset, WideFieldRole Role);

/// <summary>What a wide field points to.</summary>
internal enum WideFieldRole : byte
{
    /// <summary>First byte of the packet.</summary>
    Data,
    /// <summary>One past the last byte.</summary>
    DataEnd,
    /// <summary>First byte of the metadata in front of the packet.</summary>
    DataMeta,
    /// <summary>Something the hook sets itself.</summary>
    Other,
}
