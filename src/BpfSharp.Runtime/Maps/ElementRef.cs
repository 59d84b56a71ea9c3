namespace BpfSharp.Runtime.Maps;

/// <summary>An element of a map found by walking it.</summary>
/// <param name="Key">Address of its key; of arrays, the index.</param>
/// <param name="Value">Address of its value (of CPU slot 0's, for per-CPU kinds).</param>
internal readonly record struct ElementRef(nint Key, nint Value);
