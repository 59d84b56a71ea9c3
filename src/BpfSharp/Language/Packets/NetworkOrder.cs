using System.Buffers.Binary;

namespace BpfSharp.Language;

/// <summary>Numbers between this machine's byte order and the network's (big-endian). Each is its own inverse.</summary>
/// <remarks>For little-endian machines, which all are that this library compiles programs for.</remarks>
public static class NetworkOrder
{
    /// <summary>Swaps the bytes of a 16-bit number.</summary>
    public static ushort Swap(ushort value) => BinaryPrimitives.ReverseEndianness(value);

    /// <summary>Swaps the bytes of a 32-bit number.</summary>
    public static uint Swap(uint value) => BinaryPrimitives.ReverseEndianness(value);

    /// <summary>Swaps the bytes of a 64-bit number.</summary>
    public static ulong Swap(ulong value) => BinaryPrimitives.ReverseEndianness(value);
}
