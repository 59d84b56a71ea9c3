using System.Globalization;
using System.Text;

namespace BpfSharp.Verifier.Domains;

/// <summary>Ranges in words: only what is known, the shortest form first.</summary>
internal static class RangeText
{
    public static string Describe(in ScalarRange range)
    {
        if (range.IsUnknown)
        {
            return "any number";
        }

        StringBuilder text = new();
        if (range.UMax != ulong.MaxValue || range.UMin != 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{range.UMin}..{Number(range.UMax)}");
        }

        if ((range.SMin != long.MinValue || range.SMax != long.MaxValue)
            && ((ulong)range.SMin != range.UMin || (ulong)range.SMax != range.UMax))
        {
            Separate(text);
            text.Append(CultureInfo.InvariantCulture, $"signed {range.SMin}..{range.SMax}");
        }

        if (range.UMax > uint.MaxValue && (range.U32Min != 0 || range.U32Max != uint.MaxValue))
        {
            Separate(text);
            text.Append(CultureInfo.InvariantCulture, $"low half {range.U32Min}..{range.U32Max}");
        }

        ulong known = ~range.Bits.Mask & (range.UMax == 0 ? 0 : ulong.MaxValue >> System.Numerics.BitOperations.LeadingZeroCount(range.UMax));
        if (known != 0 && range.UMax != ulong.MaxValue)
        {
            Separate(text);
            text.Append(CultureInfo.InvariantCulture, $"bits 0x{range.Bits.Value:x} with 0x{range.Bits.Mask:x} unknown");
        }

        return text.Length == 0 ? "any number" : text.ToString();
    }

    private static string Number(ulong value) => value switch
    {
        ulong.MaxValue => "2^64-1",
        uint.MaxValue => "2^32-1",
        long.MaxValue => "2^63-1",
        _ => value.ToString(CultureInfo.InvariantCulture),
    };

    private static void Separate(StringBuilder text)
    {
        if (text.Length > 0)
        {
            text.Append(", ");
        }
    }
}
