using System.Buffers.Binary;
using BpfSharp.Isa;

namespace BpfSharp.Verifier.Domains;

/// <summary>The arithmetic of the instruction set on what is known of numbers: sound, and as precise as the kernel's.</summary>
internal static class ScalarMath
{
    /// <summary>Computes <c>dst = dst op src</c>.</summary>
    /// <param name="operation">The operation; shifts, division and remainder included.</param>
    /// <param name="is32">Whether it works on the low halves and zero-extends.</param>
    /// <param name="dst">First operand and result.</param>
    /// <param name="src">Second operand.</param>
    public static void Apply(Operation operation, bool is32, ref ScalarRange dst, in ScalarRange src)
    {
        bool isDivision = operation is Operation.Div or Operation.SDiv or Operation.Mod or Operation.SMod;
        bool isShift = operation is Operation.Lsh or Operation.Rsh or Operation.Arsh;
        bool isVague = isShift && (!(is32 ? src.IsConst32 : src.IsConst) || src.UMax >= (is32 ? 32UL : 64UL));
        if (isDivision || isVague)
        {
            // The kernel keeps nothing here, not even that a 32-bit result has no high half; its verdicts are ours.
            dst = ScalarRange.Unknown;
            return;
        }

        if ((is32 ? dst.IsConst32 && src.IsConst32 : dst.IsConst && src.IsConst))
        {
            dst = ScalarRange.Const(Concrete.Compute(operation, is32, dst.Bits.Value, src.Bits.Value));
            return;
        }

        switch (operation)
        {
            case Operation.Add:
                Add(ref dst, src, !is32);
                break;
            case Operation.Sub:
                Sub(ref dst, src, !is32);
                break;
            case Operation.Neg:
                ScalarRange operand = dst;
                dst = ScalarRange.Const(0);
                Sub(ref dst, operand, !is32);
                break;
            case Operation.Mul:
                Mul(ref dst, src, !is32);
                break;
            case Operation.And:
                And(ref dst, src, !is32);
                break;
            case Operation.Or:
                OrXor(ref dst, src, Tnum.Or(dst.Bits, src.Bits), isOr: true, !is32);
                break;
            case Operation.Xor:
                OrXor(ref dst, src, Tnum.Xor(dst.Bits, src.Bits), isOr: false, !is32);
                break;
            case Operation.Lsh or Operation.Rsh or Operation.Arsh:
                Shift(operation, is32, ref dst, src);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(operation));
        }

        if (is32)
        {
            dst.ZeroExtend32();
        }
        else
        {
            dst.Sync();
        }
    }

    /// <summary>Computes a byte swap, or what it is on a little-endian machine.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="bits">16, 32 or 64.</param>
    /// <param name="number">The operand and result.</param>
    /// <returns>Whether the number may have changed.</returns>
    public static bool ApplyEndian(Operation operation, int bits, ref ScalarRange number)
    {
        if (operation != Operation.ToLittleEndian)
        {
            int unused = 64 - bits;
            ulong value = BinaryPrimitives.ReverseEndianness(number.Bits.Value) >> unused;
            ulong mask = BinaryPrimitives.ReverseEndianness(number.Bits.Mask) >> unused;
            number = ScalarRange.Unknown;
            number.Bits = new Tnum(value, mask);
            number.Sync();
            return true;
        }

        number.Truncate(bits / 8);
        return bits != 64;
    }

    private static void Add(ref ScalarRange dst, in ScalarRange src, bool wide)
    {
        AddU32(ref dst, src);
        long s32Min = (long)dst.S32Min + src.S32Min;
        long s32Max = (long)dst.S32Max + src.S32Max;
        SetS32(ref dst, s32Min, s32Max);
        if (wide)
        {
            UInt128 low = (UInt128)dst.UMin + src.UMin;
            UInt128 high = (UInt128)dst.UMax + src.UMax;
            // Both ends wrap or neither does: in between the order is kept.
            SetU64(ref dst, (ulong)low, (ulong)high, low > ulong.MaxValue == high > ulong.MaxValue);
            SetS64(ref dst, (Int128)dst.SMin + src.SMin, (Int128)dst.SMax + src.SMax);
        }

        dst.Bits = Tnum.Add(dst.Bits, src.Bits);
    }

    private static void AddU32(ref ScalarRange dst, in ScalarRange src)
    {
        ulong low = (ulong)dst.U32Min + src.U32Min;
        ulong high = (ulong)dst.U32Max + src.U32Max;
        SetU32(ref dst, (uint)low, (uint)high, low >> 32 == high >> 32);
    }

    private static void Sub(ref ScalarRange dst, in ScalarRange src, bool wide)
    {
        long low = (long)dst.U32Min - src.U32Max;
        long high = (long)dst.U32Max - src.U32Min;
        SetU32(ref dst, (uint)low, (uint)high, low < 0 == high < 0);
        SetS32(ref dst, (long)dst.S32Min - src.S32Max, (long)dst.S32Max - src.S32Min);
        if (wide)
        {
            Int128 min = (Int128)dst.UMin - src.UMax;
            Int128 max = (Int128)dst.UMax - src.UMin;
            SetU64(ref dst, unchecked((ulong)min), unchecked((ulong)max), min < 0 == max < 0);
            SetS64(ref dst, (Int128)dst.SMin - src.SMax, (Int128)dst.SMax - src.SMin);
        }

        dst.Bits = Tnum.Sub(dst.Bits, src.Bits);
    }

    private static void Mul(ref ScalarRange dst, in ScalarRange src, bool wide)
    {
        ulong high32 = (ulong)dst.U32Max * src.U32Max;
        SetU32(ref dst, dst.U32Min * src.U32Min, (uint)high32, high32 <= uint.MaxValue);
        (long a, long b) = (dst.S32Min, dst.S32Max);
        (long c, long d) = (src.S32Min, src.S32Max);
        SetS32(
            ref dst,
            Math.Min(Math.Min(a * c, a * d), Math.Min(b * c, b * d)),
            Math.Max(Math.Max(a * c, a * d), Math.Max(b * c, b * d)));
        if (wide)
        {
            UInt128 high = (UInt128)dst.UMax * src.UMax;
            SetU64(ref dst, dst.UMin * src.UMin, (ulong)high, high <= ulong.MaxValue);
            (Int128 e, Int128 f) = (dst.SMin, dst.SMax);
            (Int128 g, Int128 h) = (src.SMin, src.SMax);
            SetS64(
                ref dst,
                Int128.Min(Int128.Min(e * g, e * h), Int128.Min(f * g, f * h)),
                Int128.Max(Int128.Max(e * g, e * h), Int128.Max(f * g, f * h)));
        }

        dst.Bits = Tnum.Mul(dst.Bits, src.Bits);
    }

    private static void And(ref ScalarRange dst, in ScalarRange src, bool wide)
    {
        dst.Bits = Tnum.And(dst.Bits, src.Bits);
        uint max32 = Math.Min(dst.U32Max, src.U32Max);
        SetLogic32(ref dst, (uint)dst.Bits.Value, max32);
        if (wide)
        {
            SetLogic64(ref dst, dst.Bits.Value, Math.Min(dst.UMax, src.UMax));
        }
    }

    private static void OrXor(ref ScalarRange dst, in ScalarRange src, Tnum bits, bool isOr, bool wide)
    {
        dst.Bits = bits;
        uint min32 = isOr ? Math.Max(dst.U32Min, src.U32Min) : (uint)bits.Value;
        SetLogic32(ref dst, Math.Max(min32, (uint)bits.Value), (uint)bits.Max);
        if (wide)
        {
            ulong min = isOr ? Math.Max(dst.UMin, src.UMin) : bits.Value;
            SetLogic64(ref dst, Math.Max(min, bits.Value), bits.Max);
        }
    }

    private static void Shift(Operation operation, bool is32, ref ScalarRange dst, in ScalarRange src)
    {
        int count = (int)src.Bits.Value;
        switch (operation)
        {
            case Operation.Lsh when is32:
                SetU32(ref dst, dst.U32Min << count, dst.U32Max << count, (ulong)dst.U32Max << count <= uint.MaxValue);
                dst.S32Min = int.MinValue;
                dst.S32Max = int.MaxValue;
                dst.Bits = dst.Bits.Low32.Lsh(count).Low32;
                break;
            case Operation.Lsh:
                Lsh64(ref dst, count);
                break;
            case Operation.Rsh when is32:
                dst.U32Min >>= count;
                dst.U32Max >>= count;
                dst.S32Min = int.MinValue;
                dst.S32Max = int.MaxValue;
                dst.Bits = dst.Bits.Low32.Rsh(count);
                break;
            case Operation.Rsh:
                dst.UMin >>= count;
                dst.UMax >>= count;
                dst.SMin = long.MinValue;
                dst.SMax = long.MaxValue;
                dst.Unbound32();
                dst.Bits = dst.Bits.Rsh(count);
                break;
            case Operation.Arsh when is32:
                dst.S32Min >>= count;
                dst.S32Max >>= count;
                dst.U32Min = 0;
                dst.U32Max = uint.MaxValue;
                dst.Bits = dst.Bits.Arsh32(count);
                break;
            default:
                dst.SMin >>= count;
                dst.SMax >>= count;
                dst.UMin = 0;
                dst.UMax = ulong.MaxValue;
                dst.Unbound32();
                dst.Bits = dst.Bits.Arsh(count);
                break;
        }
    }

    private static void Lsh64(ref ScalarRange dst, int count)
    {
        // A shift left and back right by 32 is how compilers sign-extend; any count whose ends survive the way back keeps them.
        long min = dst.SMin << count;
        long max = dst.SMax << count;
        bool kept = min >> count == dst.SMin && max >> count == dst.SMax;
        if (count == 32)
        {
            min = (long)dst.S32Min << 32;
            max = (long)dst.S32Max << 32;
            kept = true;
        }

        dst.SMin = kept ? min : long.MinValue;
        dst.SMax = kept ? max : long.MaxValue;
        SetU64(ref dst, dst.UMin << count, dst.UMax << count, count == 0 || dst.UMax >> (64 - count) == 0);
        if (count < 32 && (ulong)dst.U32Max << count <= uint.MaxValue)
        {
            dst.U32Min <<= count;
            dst.U32Max <<= count;
            dst.S32Min = int.MinValue;
            dst.S32Max = int.MaxValue;
        }
        else
        {
            dst.Unbound32();
        }

        dst.Bits = dst.Bits.Lsh(count);
    }

    private static void SetU32(ref ScalarRange dst, uint min, uint max, bool ordered)
    {
        dst.U32Min = ordered ? min : 0;
        dst.U32Max = ordered ? max : uint.MaxValue;
    }

    private static void SetS32(ref ScalarRange dst, long min, long max)
    {
        bool fits = min >= int.MinValue && max <= int.MaxValue;
        dst.S32Min = fits ? (int)min : int.MinValue;
        dst.S32Max = fits ? (int)max : int.MaxValue;
    }

    private static void SetU64(ref ScalarRange dst, ulong min, ulong max, bool ordered)
    {
        dst.UMin = ordered ? min : 0;
        dst.UMax = ordered ? max : ulong.MaxValue;
    }

    private static void SetS64(ref ScalarRange dst, Int128 min, Int128 max)
    {
        bool fits = min >= long.MinValue && max <= long.MaxValue;
        dst.SMin = fits ? (long)min : long.MinValue;
        dst.SMax = fits ? (long)max : long.MaxValue;
    }

    private static void SetLogic32(ref ScalarRange dst, uint min, uint max)
    {
        dst.U32Min = min;
        dst.U32Max = max;
        bool ordered = (int)min <= (int)max;
        dst.S32Min = ordered ? (int)min : int.MinValue;
        dst.S32Max = ordered ? (int)max : int.MaxValue;
    }

    private static void SetLogic64(ref ScalarRange dst, ulong min, ulong max)
    {
        dst.UMin = min;
        dst.UMax = max;
        bool ordered = (long)min <= (long)max;
        dst.SMin = ordered ? (long)min : long.MinValue;
        dst.SMax = ordered ? (long)max : long.MaxValue;
    }
}
