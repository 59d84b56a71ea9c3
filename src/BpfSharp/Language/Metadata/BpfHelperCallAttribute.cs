namespace BpfSharp.Language;

/// <summary>The method is a call of a kernel helper: compiled, its arguments go to r1..r5 and r0 is its result.</summary>
/// <remarks>
/// Arguments in order, the receiver first: a map declaration becomes its map pointer, a context its context pointer,
/// <c>ref</c>, <c>in</c>, <c>out</c> and pointers an address, a <c>Span</c> two arguments (address, bytes), a static lambda or
/// <c>&amp;Method</c> a callback, a UTF-8 literal the address of constant data and its bytes. At most five after that.
/// A <see langword="bool"/> result is "r0 is not 0"; <c>ref T</c> and <c>T*</c> results may be null.
/// A helper that a library version does not know can be called by a method of one's own with this attribute.
/// </remarks>
/// <param name="id">Number of the helper (<c>BPF_FUNC_*</c>).</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BpfHelperCallAttribute(int id) : Attribute
{
    /// <summary>Number of the helper.</summary>
    public int Id { get; } = id;
}
