using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;

namespace BpfSharp.Language;

/// <summary>The checksum helper for plain C#.</summary>
internal static class PlainChecksum
{
    /// <summary>The ones' complement sum of <paramref name="to"/> without <paramref name="from"/>, from a seed.</summary>
    /// <returns>A 32-bit sum, not folded; -22 (EINVAL) if a length is no multiple of 4.</returns>
    public static long Difference(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, uint seed)
    {
        if (((from.Length | to.Length) & 3) != 0)
        {
            return -Errno.Einval;
        }

        ulong sum = seed;
        foreach (uint word in MemoryMarshal.Cast<byte, uint>(from))
        {
            sum += ~word;
        }

        foreach (uint word in MemoryMarshal.Cast<byte, uint>(to))
        {
            sum += word;
        }

        sum = (sum & uint.MaxValue) + (sum >> 32);
        return (uint)((sum & uint.MaxValue) + (sum >> 32));
    }
}
