using System.Reflection;

namespace BpfSharp.Runtime.Maps;

/// <summary>How the JIT may look elements of one map up by itself.</summary>
internal enum LookupKind : byte
{
    /// <summary>Only by <see cref="RuntimeMap.LookupElement"/>.</summary>
    None,
    /// <summary>Key is a 32-bit index below the count; value at start + index * stride.</summary>
    Array,
    /// <summary>By a static method that gets the map's native table.</summary>
    Static,
}

/// <summary>How the JIT may look elements of one map up by itself; all of it constant for the life of the map.</summary>
/// <param name="Kind">Which way.</param>
/// <param name="Start">Array: address of element 0. Static: address of the native table.</param>
/// <param name="Stride">Array: bytes from element to element.</param>
/// <param name="Count">Array: number of elements.</param>
/// <param name="Method">Static: a static method <c>byte* (byte* table, byte* key, int cpu)</c>, made for the map's key size.</param>
internal readonly record struct LookupShape(LookupKind Kind, nuint Start = 0, uint Stride = 0, uint Count = 0, MethodInfo? Method = null)
{
    /// <summary>The map cannot be looked up inline.</summary>
    public static LookupShape None => default;
}
