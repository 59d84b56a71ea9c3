using BpfSharp.Diagnostics;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Helpers;

/// <summary>Numbers from text, and comparison of text.</summary>
internal static unsafe class TextHelpers
{
    private const ulong BaseMask = 0x1f;

    /// <summary>Their rows.</summary>
    public static HelperRow[] Rows { get; } =
    [
        new(105, "strtol", ToSigned),
        new(106, "strtoul", ToUnsigned),
        new(182, "strncmp", Compare),
    ];

    private static ulong ToSigned(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        long used = Parse((byte*)r1, r2, r3, out ulong magnitude, out bool negative);
        if (used < 0)
        {
            return Answer.Of(used);
        }

        if (negative ? magnitude > 1UL << 63 : magnitude > long.MaxValue)
        {
            return Answer.Of(-Errno.Erange);
        }

        *(long*)r4 = negative ? unchecked(-(long)magnitude) : (long)magnitude;
        return (ulong)used;
    }

    private static ulong ToUnsigned(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        long used = Parse((byte*)r1, r2, r3, out ulong magnitude, out bool negative);
        if (used < 0)
        {
            return Answer.Of(used);
        }

        if (negative)
        {
            return Answer.Of(-Errno.Einval);
        }

        *(ulong*)r4 = magnitude;
        return (ulong)used;
    }

    private static ulong Compare(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        byte* left = (byte*)r1;
        byte* right = (byte*)r3;
        for (uint i = 0; i < (uint)r2; i++)
        {
            if (left[i] != right[i])
            {
                return Answer.Of(left[i] < right[i] ? -1 : 1);
            }

            if (left[i] == 0)
            {
                break;
            }
        }

        return 0;
    }

    /// <summary>Parses as the kernel does: spaces, a sign, <c>0x</c> or <c>0</c> with base 0 (or 0x with 16), digits.</summary>
    /// <returns>How many bytes were read, or a negative errno.</returns>
    private static long Parse(byte* text, ulong length, ulong flags, out ulong magnitude, out bool negative)
    {
        magnitude = 0;
        negative = false;
        uint numberBase = (uint)(flags & BaseMask);
        if (text is null || length == 0 || numberBase is not (0 or 8 or 10 or 16) || (flags & ~BaseMask) != 0)
        {
            return -Errno.Einval;
        }

        ulong at = 0;
        while (at < length && text[at] is (byte)' ' or (>= 9 and <= 13))
        {
            at++;
        }

        negative = at < length && text[at] == '-';
        at += negative ? 1UL : 0;
        bool hasX = at + 2 < length && text[at] == '0' && (text[at + 1] | 0x20) == 'x' && Digit(text[at + 2]) < 16;
        if (numberBase == 0)
        {
            numberBase = hasX ? 16u : at < length && text[at] == '0' ? 8u : 10u;
        }

        at += numberBase == 16 && hasX ? 2UL : 0;
        ulong first = at;
        bool overflow = false;
        for (; at < length && Digit(text[at]) < numberBase; at++)
        {
            UInt128 next = ((UInt128)magnitude * numberBase) + Digit(text[at]);
            overflow |= next > ulong.MaxValue;
            magnitude = (ulong)next;
        }

        return at == first ? -Errno.Einval : overflow ? -Errno.Erange : (long)at;
    }

    private static uint Digit(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - (uint)'0',
        >= (byte)'a' and <= (byte)'f' => character - (uint)'a' + 10,
        >= (byte)'A' and <= (byte)'F' => character - (uint)'A' + 10,
        _ => uint.MaxValue,
    };
}
