using System.Numerics;

namespace BpfSharp.Verifier.Domains;

/// <summary>Known bits of a 64-bit number: where <see cref="Mask"/> is 0 the bit is that of <see cref="Value"/>, else unknown.</summary>
/// <remarks>Invariant: <c>(Value &amp; Mask) == 0</c>.</remarks>
/// <param name="Value">The known ones.</param>
/// <param name="Mask">The unknown bits.</param>
internal readonly record struct Tnum(ulong Value, ulong Mask)
{
    /// <summary>Nothing known.</summary>
    public static Tnum Unknown => new(0, ulong.MaxValue);

    /// <summary>Whether every bit is known.</summary>
    public bool IsConst => Mask == 0;

    /// <summary>The largest unsigned number it holds.</summary>
    public ulong Max => Value | Mask;

    /// <summary>One number.</summary>
    public static Tnum Const(ulong value) => new(value, 0);

    /// <summary>The bits every number of an unsigned range shares.</summary>
    public static Tnum Range(ulong min, ulong max)
    {
        ulong differing = min ^ max;
        int bits = 64 - BitOperations.LeadingZeroCount(differing);
        if (bits > 63)
        {
            return Unknown;
        }

        ulong low = (1UL << bits) - 1;
        return new(min & ~low, low);
    }

    /// <summary>Whether a number is one of those described.</summary>
    public bool Contains(ulong number) => ((number ^ Value) & ~Mask) == 0;

    /// <summary>Whether every number of the other is one of this.</summary>
    public bool Includes(Tnum other) => (other.Mask & ~Mask) == 0 && ((other.Value ^ Value) & ~Mask) == 0;

    public static Tnum Add(Tnum a, Tnum b)
    {
        // A bit of the sum is unknown where an operand's is or where the carry into it may differ.
        ulong masks = a.Mask + b.Mask;
        ulong values = a.Value + b.Value;
        ulong unknown = ((masks + values) ^ values) | a.Mask | b.Mask;
        return new(values & ~unknown, unknown);
    }

    public static Tnum Sub(Tnum a, Tnum b)
    {
        ulong difference = a.Value - b.Value;
        ulong highest = difference + a.Mask;
        ulong lowest = difference - b.Mask;
        ulong unknown = (highest ^ lowest) | a.Mask | b.Mask;
        return new(difference & ~unknown, unknown);
    }

    public static Tnum And(Tnum a, Tnum b)
    {
        ulong ones = a.Value & b.Value;
        return new(ones, a.Max & b.Max & ~ones);
    }

    public static Tnum Or(Tnum a, Tnum b)
    {
        ulong ones = a.Value | b.Value;
        return new(ones, (a.Mask | b.Mask) & ~ones);
    }

    public static Tnum Xor(Tnum a, Tnum b)
    {
        ulong unknown = a.Mask | b.Mask;
        return new((a.Value ^ b.Value) & ~unknown, unknown);
    }

    public static Tnum Mul(Tnum a, Tnum b)
    {
        if (a.IsConst && b.IsConst)
        {
            return Const(a.Value * b.Value);
        }

        // Long multiplication: a known one adds b shifted, an unknown bit adds "b shifted or nothing". The product of the
        // known parts is exact and added last, so the loop sums what is uncertain only.
        ulong exact = a.Value * b.Value;
        Tnum sum = Const(0);
        while ((a.Value | a.Mask) != 0)
        {
            if ((a.Value & 1) != 0)
            {
                sum = Add(sum, new(0, b.Mask));
            }
            else if ((a.Mask & 1) != 0)
            {
                sum = Add(sum, new(0, b.Max));
            }

            a = new(a.Value >> 1, a.Mask >> 1);
            b = new(b.Value << 1, b.Mask << 1);
        }

        return Add(Const(exact), sum);
    }

    public Tnum Lsh(int bits) => new(Value << bits, Mask << bits);

    public Tnum Rsh(int bits) => new(Value >> bits, Mask >> bits);

    /// <summary>Arithmetic shift; an unknown sign bit spreads as unknown.</summary>
    public Tnum Arsh(int bits) => new((ulong)((long)Value >> bits), (ulong)((long)Mask >> bits));

    /// <summary>Arithmetic shift of the low 32 bits; the high ones become 0.</summary>
    public Tnum Arsh32(int bits) => new((uint)((int)Value >> bits), (uint)((int)Mask >> bits));

    /// <summary>The numbers both describe; not empty only if the known bits agree.</summary>
    public static Tnum Intersect(Tnum a, Tnum b)
    {
        ulong unknown = a.Mask & b.Mask;
        return new((a.Value | b.Value) & ~unknown, unknown);
    }

    /// <summary>Whether some number is described by both.</summary>
    public static bool Overlap(Tnum a, Tnum b) => ((a.Value ^ b.Value) & ~(a.Mask | b.Mask)) == 0;

    /// <summary>The low bits, the rest 0.</summary>
    public Tnum Truncate(int bytes)
    {
        if (bytes >= 8)
        {
            return this;
        }

        ulong keep = (1UL << (bytes * 8)) - 1;
        return new(Value & keep, Mask & keep);
    }

    /// <summary>The low 32 bits, the rest 0.</summary>
    public Tnum Low32 => new((uint)Value, (uint)Mask);

    /// <summary>This high half with another's low half.</summary>
    public Tnum WithLow32(Tnum low) => new(Value >> 32 << 32 | (uint)low.Value, Mask >> 32 << 32 | (uint)low.Mask);

    /// <summary>The known ones, and the unknown bits.</summary>
    public override string ToString() => $"0x{Value:x} with 0x{Mask:x} unknown";

    /// <summary>Whether all numbers are multiples of a power of two.</summary>
    public bool IsAligned(ulong size) => size == 0 || ((Value | Mask) & (size - 1)) == 0;
}
