using System.Runtime.CompilerServices;

namespace BpfSharp.Runtime.Helpers;

/// <summary>Ones'-complement arithmetic of Internet checksums (RFC 1071, RFC 1624), as the kernel's helpers compute it.</summary>
internal static unsafe class Checksum
{
    /// <summary>Sum of bytes, taken as 32-bit words of the machine's order, with end-around carry.</summary>
    public static uint Partial(byte* data, uint bytes, uint seed)
    {
        ulong sum = seed;
        uint at = 0;
        for (; at + 4 <= bytes; at += 4)
        {
            sum += Unsafe.ReadUnaligned<uint>(data + at);
        }

        uint tail = 0;
        for (int shift = 0; at < bytes; at++, shift += 8)
        {
            tail |= (uint)data[at] << shift;
        }

        sum += tail;
        sum = (sum & uint.MaxValue) + (sum >> 32);
        return (uint)(sum + (sum >> 32));
    }

    /// <summary>Adds with end-around carry.</summary>
    public static uint Add(uint left, uint right)
    {
        uint sum = unchecked(left + right);
        return sum + (sum < right ? 1u : 0);
    }

    /// <summary>Subtracts with end-around borrow.</summary>
    public static uint Subtract(uint left, uint right) => Add(left, ~right);

    /// <summary>Folds to 16 bits, without complement.</summary>
    public static ushort To16(uint sum)
    {
        uint folded = unchecked(sum + ((sum >> 16) | (sum << 16)));
        return (ushort)(folded >> 16);
    }

    /// <summary>Folds to 16 bits and complements: what stands in a header.</summary>
    public static ushort Fold(uint sum)
    {
        sum = (sum & 0xffff) + (sum >> 16);
        sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~sum;
    }

    /// <summary>Changes a header's checksum for a 16-bit field.</summary>
    public static void Replace2(byte* check, ushort from, ushort to)
    {
        ushort sum = (ushort)~Unsafe.ReadUnaligned<ushort>(check);
        Unsafe.WriteUnaligned(check, (ushort)~Add16(Add16(sum, (ushort)~from), to));
    }

    /// <summary>Changes a header's checksum for a 32-bit field.</summary>
    public static void Replace4(byte* check, uint from, uint to)
    {
        uint sum = Subtract((uint)~Unsafe.ReadUnaligned<ushort>(check), from);
        Unsafe.WriteUnaligned(check, Fold(Add(sum, to)));
    }

    /// <summary>Changes a header's checksum by a difference.</summary>
    public static void ReplaceByDifference(byte* check, uint difference) =>
        Unsafe.WriteUnaligned(check, Fold(Add(difference, (uint)~Unsafe.ReadUnaligned<ushort>(check))));

    private static ushort Add16(ushort left, ushort right)
    {
        ushort sum = unchecked((ushort)(left + right));
        return unchecked((ushort)(sum + (sum < right ? 1 : 0)));
    }
}
