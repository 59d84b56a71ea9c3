using System.Buffers.Binary;
using System.Globalization;

namespace BpfSharp.Cli.Output;

/// <summary>Numbers of globals and map elements as text, and back.</summary>
internal static class GlobalValue
{
    /// <summary>1, 2, 4 or 8 little-endian bytes as an unsigned decimal number; other lengths as hexadecimal bytes.</summary>
    public static string Format(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        1 => bytes[0].ToString(CultureInfo.InvariantCulture),
        2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes).ToString(CultureInfo.InvariantCulture),
        4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes).ToString(CultureInfo.InvariantCulture),
        8 => BinaryPrimitives.ReadUInt64LittleEndian(bytes).ToString(CultureInfo.InvariantCulture),
        _ => Convert.ToHexStringLower(bytes),
    };

    /// <summary>
    /// Reads a value of a known size: a decimal or <c>0x</c> number (negative too), <c>true</c> or <c>false</c>, an IPv4 address
    /// (4 bytes, network order), <c>hex:</c> and bytes, or a quoted text padded with zeros.
    /// </summary>
    /// <exception cref="ArgumentException">The text is none of these, or does not fit.</exception>
    public static byte[] Parse(string text, int size, string what)
    {
        byte[] bytes = new byte[size];
        if (text.StartsWith("hex:", StringComparison.Ordinal))
        {
            byte[] given = Convert.FromHexString(text[4..].Replace(" ", "", StringComparison.Ordinal));
            return given.Length == size ? given : throw new ArgumentException($"{what} has {size} bytes; '{text}' gives {given.Length}");
        }

        if (text is ['"', .., '"'])
        {
            byte[] given = System.Text.Encoding.UTF8.GetBytes(text[1..^1]);
            if (given.Length > size)
            {
                throw new ArgumentException($"{what} has {size} bytes; {text} needs {given.Length}");
            }

            given.CopyTo(bytes, 0);
            return bytes;
        }

        if (size == 4 && text.Count(c => c == '.') == 3 && System.Net.IPAddress.TryParse(text, out System.Net.IPAddress? address))
        {
            return address.GetAddressBytes();
        }

        if (size is not (1 or 2 or 4 or 8))
        {
            throw new ArgumentException($"{what} has {size} bytes: write them as hex:…, or a text in quotes");
        }

        if (!TryNumber(text, out Int128 number))
        {
            throw new ArgumentException($"'{text}' is no value for {what}: write a number, true, false, an IPv4 address, hex:… or a text in quotes");
        }

        Int128 most = Int128.One << (size * 8);
        if (number >= most || number < -(most / 2))
        {
            throw new ArgumentException($"{text} does not fit the {size} bytes of {what}");
        }

        UInt128 raw = unchecked((UInt128)number);
        for (int i = 0; i < size; i++)
        {
            bytes[i] = (byte)(raw >> (8 * i));
        }

        return bytes;
    }

    private static bool TryNumber(string text, out Int128 number)
    {
        number = text == "true" ? 1 : 0;
        if (text is "true" or "false")
        {
            return true;
        }

        bool negative = text.StartsWith('-');
        ReadOnlySpan<char> digits = negative ? text.AsSpan(1) : text;
        bool parsed = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? Int128.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            : Int128.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        number = negative ? -number : number;
        return parsed;
    }
}
