using System.Diagnostics;

namespace BpfSharp.Verifier.Domains;

/// <summary>What is known of a number: its known bits and its range as u64, s64, u32 and s32, each tightening the others.</summary>
internal struct ScalarRange : IEquatable<ScalarRange>
{
    /// <summary>Known bits.</summary>
    public Tnum Bits;
    /// <summary>Smallest as unsigned 64-bit number.</summary>
    public ulong UMin;
    /// <summary>Largest as unsigned 64-bit number.</summary>
    public ulong UMax;
    /// <summary>Smallest as signed 64-bit number.</summary>
    public long SMin;
    /// <summary>Largest as signed 64-bit number.</summary>
    public long SMax;
    /// <summary>Smallest of the low half, unsigned.</summary>
    public uint U32Min;
    /// <summary>Largest of the low half, unsigned.</summary>
    public uint U32Max;
    /// <summary>Smallest of the low half, signed.</summary>
    public int S32Min;
    /// <summary>Largest of the low half, signed.</summary>
    public int S32Max;

    /// <summary>Nothing known.</summary>
    public static ScalarRange Unknown
    {
        get
        {
            ScalarRange range = default;
            range.Bits = Tnum.Unknown;
            range.Unbound64();
            range.Unbound32();
            return range;
        }
    }

    /// <summary>Exactly one number.</summary>
    public static ScalarRange Const(ulong value)
    {
        ScalarRange range;
        range.Bits = Tnum.Const(value);
        range.UMin = range.UMax = value;
        range.SMin = range.SMax = (long)value;
        range.U32Min = range.U32Max = (uint)value;
        range.S32Min = range.S32Max = (int)value;
        return range;
    }

    /// <summary>An unsigned range.</summary>
    public static ScalarRange Unsigned(ulong min, ulong max)
    {
        ScalarRange range = Unknown;
        range.UMin = min;
        range.UMax = max;
        range.Sync();
        return range;
    }

    /// <summary>A signed range.</summary>
    public static ScalarRange Signed(long min, long max)
    {
        ScalarRange range = Unknown;
        range.SMin = min;
        range.SMax = max;
        range.Sync();
        return range;
    }

    /// <summary>Whether it is exactly one number.</summary>
    public readonly bool IsConst => Bits.Mask == 0;

    /// <summary>Whether the low half is exactly one number.</summary>
    public readonly bool IsConst32 => (uint)Bits.Mask == 0;

    /// <summary>The number, when <see cref="IsConst"/>.</summary>
    public readonly ulong ConstValue => Bits.Value;

    /// <summary>Whether nothing is known.</summary>
    public readonly bool IsUnknown =>
        Bits.Mask == ulong.MaxValue && UMin == 0 && UMax == ulong.MaxValue && SMin == long.MinValue && SMax == long.MaxValue
        && U32Min == 0 && U32Max == uint.MaxValue && S32Min == int.MinValue && S32Max == int.MaxValue;

    /// <summary>Whether no number is left: the path that led here cannot be taken.</summary>
    public readonly bool IsEmpty =>
        UMin > UMax || SMin > SMax || U32Min > U32Max || S32Min > S32Max || (Bits.Value & Bits.Mask) != 0;

    /// <summary>Whether a number is inside every description.</summary>
    public readonly bool Contains(ulong number) =>
        Bits.Contains(number) && number >= UMin && number <= UMax && (long)number >= SMin && (long)number <= SMax
        && (uint)number >= U32Min && (uint)number <= U32Max && (int)number >= S32Min && (int)number <= S32Max;

    /// <summary>Whether every number of the other range is one of this.</summary>
    public readonly bool Includes(in ScalarRange other) =>
        UMin <= other.UMin && UMax >= other.UMax && SMin <= other.SMin && SMax >= other.SMax
        && U32Min <= other.U32Min && U32Max >= other.U32Max && S32Min <= other.S32Min && S32Max >= other.S32Max
        && Bits.Includes(other.Bits);

    /// <inheritdoc/>
    public readonly bool Equals(ScalarRange other) =>
        Bits == other.Bits && UMin == other.UMin && UMax == other.UMax && SMin == other.SMin && SMax == other.SMax
        && U32Min == other.U32Min && U32Max == other.U32Max && S32Min == other.S32Min && S32Max == other.S32Max;

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is ScalarRange other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => HashCode.Combine(Bits, UMin, UMax, SMin, SMax);

    /// <summary>Forgets the 64-bit ranges (not the bits).</summary>
    public void Unbound64()
    {
        UMin = 0;
        UMax = ulong.MaxValue;
        SMin = long.MinValue;
        SMax = long.MaxValue;
    }

    /// <summary>Forgets the ranges of the low half (not the bits).</summary>
    public void Unbound32()
    {
        U32Min = 0;
        U32Max = uint.MaxValue;
        S32Min = int.MinValue;
        S32Max = int.MaxValue;
    }

    /// <summary>Lets each description tighten the others.</summary>
    public void Sync()
    {
        if (Bits.Mask == 0 && UMin == UMax && SMin == SMax && U32Min == U32Max && S32Min == S32Max)
        {
            return;
        }

        RangesFromBits();
        Deduce();
        Deduce();
        BitsFromRanges();
        RangesFromBits();
        Debug.Assert(IsEmpty || Bits.Contains(UMin) || !IsConst, "known bits contradict the range");
    }

    /// <summary>The low half becomes the whole, zero extended: what every 32-bit operation does.</summary>
    public void ZeroExtend32()
    {
        Bits = Bits.Low32;
        UMin = U32Min;
        UMax = U32Max;
        // A signed low half that is never negative is the same number; else any u32.
        if (S32Min >= 0)
        {
            SMin = S32Min;
            SMax = S32Max;
        }
        else
        {
            SMin = 0;
            SMax = uint.MaxValue;
        }

        Sync();
    }

    /// <summary>Keeps the low bytes, zero extended: what a narrow load of a wider value does.</summary>
    public void Truncate(int bytes)
    {
        if (bytes >= 8)
        {
            return;
        }

        ulong mask = (1UL << (bytes * 8)) - 1;
        Bits = Bits.Truncate(bytes);
        if ((UMin & ~mask) == (UMax & ~mask))
        {
            UMin &= mask;
            UMax &= mask;
        }
        else
        {
            UMin = 0;
            UMax = mask;
        }

        SMin = (long)UMin;
        SMax = (long)UMax;
        if (bytes < 4)
        {
            U32Min = (uint)UMin;
            U32Max = (uint)UMax;
            S32Min = (int)U32Min;
            S32Max = (int)U32Max;
        }

        Sync();
    }

    /// <summary>Sign-extends the low bytes to 64 bits.</summary>
    /// <remarks>Known bits are dropped unless all are known, as the kernel does: its verdicts are ours.</remarks>
    public void SignExtend(int bytes)
    {
        int shift = 64 - (bytes * 8);
        if (IsConst)
        {
            this = Const((ulong)((long)(Bits.Value << shift) >> shift));
            return;
        }

        (long min, long max) = SignExtend(SMin, SMax, bytes);
        this = Signed(min, max);
    }

    /// <summary>Sign-extends the low bytes (1 or 2) to 32 bits and zero-extends that.</summary>
    public void SignExtend32(int bytes)
    {
        int shift = 32 - (bytes * 8);
        if (IsConst)
        {
            this = Const((uint)((int)((uint)Bits.Value << shift) >> shift));
            return;
        }

        (long min, long max) = SignExtend(S32Min, S32Max, bytes);
        this = Unknown;
        S32Min = (int)min;
        S32Max = (int)max;
        Sync();
        ZeroExtend32();
    }

    // The ends keep their order only if nothing above the kept bits changes in between and the sign bit does not flip.
    private static (long Min, long Max) SignExtend(long min, long max, int bytes)
    {
        int shift = 64 - (bytes * 8);
        long from = min << shift >> shift;
        long to = max << shift >> shift;
        long lowest = long.MinValue >> shift;
        return min >> (bytes * 8) == max >> (bytes * 8) && from < 0 == to < 0 ? (from, to) : (lowest, ~lowest);
    }

    private void RangesFromBits()
    {
        SMin = Math.Max(SMin, (long)(Bits.Value | (Bits.Mask & 1UL << 63)));
        SMax = Math.Min(SMax, (long)(Bits.Value | (Bits.Mask & long.MaxValue)));
        UMin = Math.Max(UMin, Bits.Value);
        UMax = Math.Min(UMax, Bits.Max);
        uint value = (uint)Bits.Value;
        uint mask = (uint)Bits.Mask;
        S32Min = Math.Max(S32Min, (int)(value | (mask & 0x8000_0000u)));
        S32Max = Math.Min(S32Max, (int)(value | (mask & 0x7fff_ffffu)));
        U32Min = Math.Max(U32Min, value);
        U32Max = Math.Min(U32Max, value | mask);
    }

    private void BitsFromRanges()
    {
        if (IsEmpty)
        {
            return;
        }

        Tnum low = Tnum.Range(U32Min, U32Max);
        Tnum whole = Tnum.Range(UMin, UMax);
        if (!Tnum.Overlap(Bits, whole))
        {
            MakeEmpty();
            return;
        }

        Tnum bits = Tnum.Intersect(Bits, whole);
        if (!Tnum.Overlap(bits.Low32, low))
        {
            MakeEmpty();
            return;
        }

        Bits = bits.WithLow32(Tnum.Intersect(bits.Low32, low));
    }

    private void MakeEmpty()
    {
        UMin = 1;
        UMax = 0;
    }

    private void Deduce()
    {
        Deduce32From64();
        Deduce32();
        Deduce64();
        Deduce64From32();
    }

    private void Deduce32From64()
    {
        if (UMin >> 32 == UMax >> 32)
        {
            U32Min = Math.Max(U32Min, (uint)UMin);
            U32Max = Math.Min(U32Max, (uint)UMax);
            TightenS32((int)UMin, (int)UMax);
        }
        else if ((UMin >> 32) + 1 == UMax >> 32 && (int)UMin < 0 && (int)UMax >= 0)
        {
            // Two neighbouring blocks of 2^32, from negative low halves up to positive ones: a signed run.
            S32Min = Math.Max(S32Min, (int)UMin);
            S32Max = Math.Min(S32Max, (int)UMax);
        }

        if (SMin >> 32 == SMax >> 32)
        {
            U32Min = Math.Max(U32Min, (uint)SMin);
            U32Max = Math.Min(U32Max, (uint)SMax);
            TightenS32((int)SMin, (int)SMax);
        }
        else if ((SMin >> 32) + 1 == SMax >> 32 && (int)SMin < 0 && (int)SMax >= 0)
        {
            S32Min = Math.Max(S32Min, (int)SMin);
            S32Max = Math.Min(S32Max, (int)SMax);
        }
    }

    private void TightenS32(int min, int max)
    {
        if (min <= max)
        {
            S32Min = Math.Max(S32Min, min);
            S32Max = Math.Min(S32Max, max);
        }
    }

    private void Deduce32()
    {
        if ((int)U32Min <= (int)U32Max)
        {
            S32Min = Math.Max(S32Min, (int)U32Min);
            S32Max = Math.Min(S32Max, (int)U32Max);
        }

        if ((uint)S32Min <= (uint)S32Max)
        {
            U32Min = Math.Max(U32Min, (uint)S32Min);
            U32Max = Math.Min(U32Max, (uint)S32Max);
        }
        else if (U32Min <= U32Max && S32Min <= S32Max)
        {
            // The signed range holds both signs. If the unsigned one meets only one of its halves, only that half is left.
            if (U32Max < (uint)S32Min)
            {
                S32Min = Math.Max(S32Min, 0);
                S32Min = Math.Max(S32Min, (int)U32Min);
                U32Max = Math.Min(U32Max, (uint)S32Max);
            }
            else if ((uint)S32Max < U32Min)
            {
                S32Max = Math.Min(S32Max, (int)U32Max);
                U32Min = Math.Max(U32Min, (uint)S32Min);
            }
        }
    }

    private void Deduce64()
    {
        if ((long)UMin <= (long)UMax)
        {
            SMin = Math.Max(SMin, (long)UMin);
            SMax = Math.Min(SMax, (long)UMax);
        }

        if ((ulong)SMin <= (ulong)SMax)
        {
            UMin = Math.Max(UMin, (ulong)SMin);
            UMax = Math.Min(UMax, (ulong)SMax);
        }
        else if (UMin <= UMax && SMin <= SMax)
        {
            if (UMax < (ulong)SMin)
            {
                SMin = Math.Max(SMin, 0);
                SMin = Math.Max(SMin, (long)UMin);
                UMax = Math.Min(UMax, (ulong)SMax);
            }
            else if ((ulong)SMax < UMin)
            {
                SMax = Math.Min(SMax, (long)UMax);
                UMin = Math.Max(UMin, (ulong)SMin);
            }
        }
    }

    private void Deduce64From32()
    {
        UMin = Math.Max(UMin, UMin >> 32 << 32 | U32Min);
        UMax = Math.Min(UMax, UMax >> 32 << 32 | U32Max);
        SMin = Math.Max(SMin, SMin >> 32 << 32 | U32Min);
        SMax = Math.Min(SMax, SMax >> 32 << 32 | U32Max);

        // A 64-bit number known to fit in s32 is its own low half, sign extended.
        if (SMin >= int.MinValue && SMax <= int.MaxValue)
        {
            SMin = Math.Max(SMin, S32Min);
            SMax = Math.Min(SMax, S32Max);
        }
    }

    /// <summary>The bounds in the kernel's words.</summary>
    public override readonly string ToString() => IsConst
        ? ((long)Bits.Value).ToString(System.Globalization.CultureInfo.InvariantCulture)
        : RangeText.Describe(this);
}
