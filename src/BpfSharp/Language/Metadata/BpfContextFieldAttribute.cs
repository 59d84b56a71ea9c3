namespace BpfSharp.Language;

/// <summary>The property (or parameterless method) reads a field of the context; a setter writes it.</summary>
/// <remarks>
/// The property's type may be an integer, an enum, a pointer or <c>ref byte</c> (for packet bounds, which are stored as 32 bits and
/// read as pointers). A one-<see langword="int"/> indexer or method reads element <c>i</c>, a constant, of an array field.
/// </remarks>
/// <param name="offset">Byte offset in the context as programs see it.</param>
/// <param name="size">Bytes of the access: 1, 2, 4 or 8.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Method)]
public sealed class BpfContextFieldAttribute(int offset, int size) : Attribute
{
    /// <summary>Byte offset.</summary>
    public int Offset { get; } = offset;

    /// <summary>Bytes.</summary>
    public int Size { get; } = size;

    /// <summary>What a pointer read from the field points to; <see cref="BpfPointerSpace.None"/> for numbers.</summary>
    public BpfPointerSpace Space { get; set; }
}
