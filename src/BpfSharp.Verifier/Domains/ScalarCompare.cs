using BpfSharp.Isa;

namespace BpfSharp.Verifier.Domains;

/// <summary>What a comparison decides, and what both of its outcomes teach about its operands.</summary>
internal static class ScalarCompare
{
    /// <summary>Whether the comparison holds for all values (true), for none (false) or for some (null).</summary>
    public static bool? Decide(Operation operation, bool is32, in ScalarRange a, in ScalarRange b)
    {
        Tnum x = is32 ? a.Bits.Low32 : a.Bits;
        Tnum y = is32 ? b.Bits.Low32 : b.Bits;
        ulong aMin = is32 ? a.U32Min : a.UMin;
        ulong aMax = is32 ? a.U32Max : a.UMax;
        ulong bMin = is32 ? b.U32Min : b.UMin;
        ulong bMax = is32 ? b.U32Max : b.UMax;
        long asMin = is32 ? a.S32Min : a.SMin;
        long asMax = is32 ? a.S32Max : a.SMax;
        long bsMin = is32 ? b.S32Min : b.SMin;
        long bsMax = is32 ? b.S32Max : b.SMax;
        switch (operation)
        {
            case Operation.Jeq or Operation.Jne:
                bool onEqual = operation == Operation.Jeq;
                if (x.IsConst && y.IsConst)
                {
                    return x.Value == y.Value ? onEqual : !onEqual;
                }

                bool apart = aMin > bMax || aMax < bMin || asMin > bsMax || asMax < bsMin || !Tnum.Overlap(x, y);
                if (!apart && !is32)
                {
                    apart = a.U32Min > b.U32Max || a.U32Max < b.U32Min || a.S32Min > b.S32Max || a.S32Max < b.S32Min;
                }

                return apart ? !onEqual : null;
            case Operation.Jset:
                if ((x.Value & y.Value) != 0)
                {
                    return true;
                }

                return (x.Max & y.Max) == 0 ? false : null;
            case Operation.Jgt:
                return aMin > bMax ? true : aMax <= bMin ? false : null;
            case Operation.Jge:
                return aMin >= bMax ? true : aMax < bMin ? false : null;
            case Operation.Jlt:
                return aMax < bMin ? true : aMin >= bMax ? false : null;
            case Operation.Jle:
                return aMax <= bMin ? true : aMin > bMax ? false : null;
            case Operation.Jsgt:
                return asMin > bsMax ? true : asMax <= bsMin ? false : null;
            case Operation.Jsge:
                return asMin >= bsMax ? true : asMax < bsMin ? false : null;
            case Operation.Jslt:
                return asMax < bsMin ? true : asMin >= bsMax ? false : null;
            case Operation.Jsle:
                return asMax <= bsMin ? true : asMin > bsMax ? false : null;
            default:
                return null;
        }
    }

    /// <summary>Tightens both operands, given that the comparison held or failed.</summary>
    /// <returns><see langword="false"/> if no values are left: that way cannot be taken.</returns>
    public static bool Refine(Operation operation, bool is32, bool held, ref ScalarRange a, ref ScalarRange b)
    {
        if (!held)
        {
            if (operation == Operation.Jset)
            {
                ClearBits(is32, ref a, ref b);
                return Finish(ref a, ref b);
            }

            operation = Opposite(operation);
        }

        switch (operation)
        {
            case Operation.Jeq:
                if (!Equate(is32, ref a, ref b))
                {
                    return false;
                }

                break;
            case Operation.Jne:
                Exclude(is32, ref a, b);
                Exclude(is32, ref b, a);
                break;
            case Operation.Jset:
                SetBit(is32, ref a, b);
                SetBit(is32, ref b, a);
                break;
            case Operation.Jle:
                Order(is32, ref a, ref b, 0);
                break;
            case Operation.Jlt:
                if (!Order(is32, ref a, ref b, 1))
                {
                    return false;
                }

                break;
            case Operation.Jge:
                Order(is32, ref b, ref a, 0);
                break;
            case Operation.Jgt:
                if (!Order(is32, ref b, ref a, 1))
                {
                    return false;
                }

                break;
            case Operation.Jsle:
                OrderSigned(is32, ref a, ref b, 0);
                break;
            case Operation.Jslt:
                if (!OrderSigned(is32, ref a, ref b, 1))
                {
                    return false;
                }

                break;
            case Operation.Jsge:
                OrderSigned(is32, ref b, ref a, 0);
                break;
            case Operation.Jsgt:
                if (!OrderSigned(is32, ref b, ref a, 1))
                {
                    return false;
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(operation));
        }

        return Finish(ref a, ref b);
    }

    /// <summary>The comparison that holds when this one does not; <see cref="Operation.Jset"/> has none.</summary>
    public static Operation Opposite(Operation operation) => operation switch
    {
        Operation.Jeq => Operation.Jne,
        Operation.Jne => Operation.Jeq,
        Operation.Jgt => Operation.Jle,
        Operation.Jle => Operation.Jgt,
        Operation.Jge => Operation.Jlt,
        Operation.Jlt => Operation.Jge,
        Operation.Jsgt => Operation.Jsle,
        Operation.Jsle => Operation.Jsgt,
        Operation.Jsge => Operation.Jslt,
        Operation.Jslt => Operation.Jsge,
        _ => throw new ArgumentOutOfRangeException(nameof(operation)),
    };

    /// <summary>The comparison with its operands exchanged.</summary>
    public static Operation Mirror(Operation operation) => operation switch
    {
        Operation.Jgt => Operation.Jlt,
        Operation.Jlt => Operation.Jgt,
        Operation.Jge => Operation.Jle,
        Operation.Jle => Operation.Jge,
        Operation.Jsgt => Operation.Jslt,
        Operation.Jslt => Operation.Jsgt,
        Operation.Jsge => Operation.Jsle,
        Operation.Jsle => Operation.Jsge,
        _ => operation,
    };

    private static bool Finish(ref ScalarRange a, ref ScalarRange b)
    {
        a.Sync();
        b.Sync();
        return !a.IsEmpty && !b.IsEmpty;
    }

    private static bool Equate(bool is32, ref ScalarRange a, ref ScalarRange b)
    {
        a.U32Min = b.U32Min = Math.Max(a.U32Min, b.U32Min);
        a.U32Max = b.U32Max = Math.Min(a.U32Max, b.U32Max);
        a.S32Min = b.S32Min = Math.Max(a.S32Min, b.S32Min);
        a.S32Max = b.S32Max = Math.Min(a.S32Max, b.S32Max);
        if (is32)
        {
            if (!Tnum.Overlap(a.Bits.Low32, b.Bits.Low32))
            {
                return false;
            }

            Tnum low = Tnum.Intersect(a.Bits.Low32, b.Bits.Low32);
            a.Bits = a.Bits.WithLow32(low);
            b.Bits = b.Bits.WithLow32(low);
            return true;
        }

        if (!Tnum.Overlap(a.Bits, b.Bits))
        {
            return false;
        }

        a.UMin = b.UMin = Math.Max(a.UMin, b.UMin);
        a.UMax = b.UMax = Math.Min(a.UMax, b.UMax);
        a.SMin = b.SMin = Math.Max(a.SMin, b.SMin);
        a.SMax = b.SMax = Math.Min(a.SMax, b.SMax);
        a.Bits = b.Bits = Tnum.Intersect(a.Bits, b.Bits);
        return true;
    }

    /// <summary>A constant at an end of a range moves the end.</summary>
    private static void Exclude(bool is32, ref ScalarRange a, in ScalarRange constant)
    {
        if (is32)
        {
            if (!constant.IsConst32 || a.IsConst32)
            {
                return;
            }

            uint value = (uint)constant.Bits.Value;
            a.U32Min += a.U32Min == value ? 1u : 0;
            a.U32Max -= a.U32Max == value ? 1u : 0;
            a.S32Min += a.S32Min == (int)value ? 1 : 0;
            a.S32Max -= a.S32Max == (int)value ? 1 : 0;
            return;
        }

        if (!constant.IsConst || a.IsConst)
        {
            return;
        }

        ulong wide = constant.ConstValue;
        a.UMin += a.UMin == wide ? 1UL : 0;
        a.UMax -= a.UMax == wide ? 1UL : 0;
        a.SMin += a.SMin == (long)wide ? 1 : 0;
        a.SMax -= a.SMax == (long)wide ? 1 : 0;
    }

    /// <summary>After <c>a &amp; b</c> was not 0 with a one-bit constant, that bit is known.</summary>
    private static void SetBit(bool is32, ref ScalarRange a, in ScalarRange b)
    {
        if (!(is32 ? b.IsConst32 : b.IsConst))
        {
            return;
        }

        ulong bit = is32 ? (uint)b.Bits.Value : b.Bits.Value;
        if (System.Numerics.BitOperations.IsPow2(bit))
        {
            a.Bits = new(a.Bits.Value | bit, a.Bits.Mask & ~bit);
        }
    }

    /// <summary>After <c>a &amp; b</c> was 0, the bits of the constant are known to be 0.</summary>
    private static void ClearBits(bool is32, ref ScalarRange a, ref ScalarRange b)
    {
        if (is32 ? b.IsConst32 : b.IsConst)
        {
            ulong bits = is32 ? (uint)b.Bits.Value : b.Bits.Value;
            a.Bits = new(a.Bits.Value & ~bits, a.Bits.Mask & ~bits);
        }
        else if (is32 ? a.IsConst32 : a.IsConst)
        {
            ulong bits = is32 ? (uint)a.Bits.Value : a.Bits.Value;
            b.Bits = new(b.Bits.Value & ~bits, b.Bits.Mask & ~bits);
        }
    }

    private static bool Order(bool is32, ref ScalarRange low, ref ScalarRange high, uint apart)
    {
        if (is32)
        {
            if (apart > 0 && (high.U32Max == 0 || low.U32Min == uint.MaxValue))
            {
                return false;
            }

            low.U32Max = Math.Min(low.U32Max, high.U32Max - apart);
            high.U32Min = Math.Max(high.U32Min, low.U32Min + apart);
            return true;
        }

        if (apart > 0 && (high.UMax == 0 || low.UMin == ulong.MaxValue))
        {
            return false;
        }

        low.UMax = Math.Min(low.UMax, high.UMax - apart);
        high.UMin = Math.Max(high.UMin, low.UMin + apart);
        return true;
    }

    private static bool OrderSigned(bool is32, ref ScalarRange low, ref ScalarRange high, int apart)
    {
        if (is32)
        {
            if (apart > 0 && (high.S32Max == int.MinValue || low.S32Min == int.MaxValue))
            {
                return false;
            }

            low.S32Max = Math.Min(low.S32Max, high.S32Max - apart);
            high.S32Min = Math.Max(high.S32Min, low.S32Min + apart);
            return true;
        }

        if (apart > 0 && (high.SMax == long.MinValue || low.SMin == long.MaxValue))
        {
            return false;
        }

        low.SMax = Math.Min(low.SMax, high.SMax - apart);
        high.SMin = Math.Max(high.SMin, low.SMin + apart);
        return true;
    }
}
