using System.Buffers.Text;
using System.Globalization;
using System.Text;
using BpfSharp.Diagnostics;

namespace BpfSharp.Language;

/// <summary>The number-parsing helpers for plain C#.</summary>
internal static class PlainNumber
{
    /// <summary>Parses a signed number.</summary>
    /// <returns>Bytes consumed, or a negative errno.</returns>
    public static long Parse(ReadOnlySpan<byte> text, ulong flags, out long result)
    {
        int spaces = text.Length - text.TrimStart(" \t\n"u8).Length;
        ReadOnlySpan<byte> rest = text[spaces..];
        bool negative = !rest.IsEmpty && rest[0] == '-';
        long used = Unsigned(negative ? rest[1..] : rest, flags, out ulong magnitude);
        result = negative ? -(long)magnitude : (long)magnitude;
        return used < 0 ? used : used + spaces + (negative ? 1 : 0);
    }

    /// <summary>Parses an unsigned number.</summary>
    /// <returns>Bytes consumed, or a negative errno.</returns>
    public static long Parse(ReadOnlySpan<byte> text, ulong flags, out ulong result)
    {
        int spaces = text.Length - text.TrimStart(" \t\n"u8).Length;
        long used = Unsigned(text[spaces..], flags, out result);
        return used < 0 ? used : used + spaces;
    }

    private static long Unsigned(ReadOnlySpan<byte> text, ulong flags, out ulong result)
    {
        bool hexadecimal = flags == 16 || (flags == 0 && text.StartsWith("0x"u8));
        int prefix = hexadecimal && text.StartsWith("0x"u8) ? 2 : 0;
        if (hexadecimal)
        {
            int digits = 0;
            while (prefix + digits < text.Length && char.IsAsciiHexDigit((char)text[prefix + digits]))
            {
                digits++;
            }

            bool valid = ulong.TryParse(Encoding.ASCII.GetString(text.Slice(prefix, digits)), NumberStyles.HexNumber,
                CultureInfo.InvariantCulture, out result);
            return valid ? prefix + digits : -Errno.Einval;
        }

        return Utf8Parser.TryParse(text, out result, out int used) ? used : -Errno.Einval;
    }
}
