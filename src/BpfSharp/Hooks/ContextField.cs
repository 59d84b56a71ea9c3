namespace BpfSharp.Hooks;

/// <summary>A field of a context structure.</summary>
/// <param name="Name">Name in C (<c>data_end</c>).</param>
/// <param name="Offset">Offset in bytes.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="Type">C type.</param>
/// <param name="Since">First Linux release that has it: major * 100 + minor.</param>
public readonly record struct ContextField(string Name, ushort Offset, ushort Size, string Type, ushort Since);
