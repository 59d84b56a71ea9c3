using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using BpfSharp.Diagnostics;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Helpers;

/// <summary>The kernel's <c>bpf_bprintf</c> formats: what trace and text helpers understand.</summary>
internal static unsafe class TextFormat
{
    private const int MaxText = 4096;

    /// <summary>Formats.</summary>
    /// <param name="run">The run, for the memory that <c>%s</c> and addresses may reach.</param>
    /// <param name="format">The format, up to its NUL or end.</param>
    /// <param name="arguments">Argument words.</param>
    /// <param name="text">The text.</param>
    /// <returns>0, or -22 (EINVAL) for a format the kernel refuses.</returns>
    public static int TryFormat(RunContext run, ReadOnlySpan<byte> format, ReadOnlySpan<ulong> arguments, out string text)
    {
        text = "";
        int end = format.IndexOf((byte)0);
        format = end < 0 ? format : format[..end];
        StringBuilder to = new();
        int next = 0;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] >= 0x80)
            {
                return -Errno.Einval;
            }

            if (format[i] != '%')
            {
                to.Append((char)format[i]);
                continue;
            }

            if (++i < format.Length && format[i] == '%')
            {
                to.Append('%');
                continue;
            }

            if (next >= arguments.Length || !TryDirective(run, format, ref i, arguments[next++], to))
            {
                return -Errno.Einval;
            }
        }

        text = to.ToString();
        return 0;
    }

    private static bool TryDirective(RunContext run, ReadOnlySpan<byte> format, ref int i, ulong argument, StringBuilder to)
    {
        bool zero = false;
        bool left = false;
        bool alternate = false;
        bool plus = false;
        for (; i < format.Length && format[i] is (byte)'0' or (byte)'+' or (byte)'-' or (byte)' ' or (byte)'#'; i++)
        {
            zero |= format[i] == '0';
            left |= format[i] == '-';
            plus |= format[i] == '+';
            alternate |= format[i] == '#';
        }

        int width = 0;
        for (; i < format.Length && format[i] is >= (byte)'0' and <= (byte)'9'; i++)
        {
            width = Math.Min(MaxText, (width * 10) + format[i] - '0');
        }

        if (i >= format.Length)
        {
            return false;
        }

        if (format[i] == 's')
        {
            Pad(to, ReadText(run, argument), width, left, zero: false);
            return true;
        }

        if (format[i] == 'c')
        {
            Pad(to, ((char)(byte)argument).ToString(), width, left, zero: false);
            return true;
        }

        if (format[i] == 'p')
        {
            return TryPointer(run, format, ref i, argument, width, left, to);
        }

        int longs = 0;
        for (; i < format.Length && format[i] == 'l'; i++)
        {
            longs++;
        }

        if (i >= format.Length || longs > 2 || format[i] is not ((byte)'d' or (byte)'i' or (byte)'u' or (byte)'x' or (byte)'X'))
        {
            return false;
        }

        ulong value = longs == 0 ? (uint)argument : argument;
        string number = (char)format[i] switch
        {
            'd' or 'i' => (longs == 0 ? (int)argument : (long)argument).ToString(CultureInfo.InvariantCulture),
            'u' => value.ToString(CultureInfo.InvariantCulture),
            'x' => (alternate ? "0x" : "") + value.ToString("x", CultureInfo.InvariantCulture),
            _ => (alternate ? "0X" : "") + value.ToString("X", CultureInfo.InvariantCulture),
        };
        Pad(to, plus && number[0] != '-' && format[i] is (byte)'d' or (byte)'i' ? Sign(number, plus) : number, width, left, zero);
        return true;
    }

    private static string Sign(string number, bool plus) => plus && number[0] != '-' ? "+" + number : number;

    private static bool TryPointer(
        RunContext run, ReadOnlySpan<byte> format, ref int i, ulong argument, int width, bool left, StringBuilder to)
    {
        ReadOnlySpan<byte> rest = format[(i + 1)..];
        if (rest.Length >= 2 && rest[0] is (byte)'i' or (byte)'I' && rest[1] is (byte)'4' or (byte)'6')
        {
            int bytes = rest[1] == '4' ? 4 : 16;
            bool spelled = rest[0] == 'I';
            i += 2;
            if (!run.MayReach(argument, (ulong)bytes, write: false, out _))
            {
                to.Append("(efault)");
                return true;
            }

            to.Append(Address(new ReadOnlySpan<byte>((void*)argument, bytes), spelled));
            return true;
        }

        if (rest.Length > 0 && rest[0] is (byte)'K' or (byte)'x' or (byte)'s' or (byte)'S' or (byte)'B')
        {
            i++;
        }
        else if (rest.Length > 0 && char.IsAsciiLetterOrDigit((char)rest[0]))
        {
            return false;
        }

        string digits = argument.ToString("x16", CultureInfo.InvariantCulture);
        Pad(to, rest.Length > 0 && rest[0] == 'x' ? digits.TrimStart('0') : digits, width, left, zero: false);
        return true;
    }

    /// <summary>An address as the kernel prints it: leading zeros with a small <c>i</c>, none with a capital one.</summary>
    private static string Address(ReadOnlySpan<byte> bytes, bool spelled)
    {
        if (bytes.Length == 4)
        {
            return spelled
                ? $"{bytes[0]}.{bytes[1]}.{bytes[2]}.{bytes[3]}"
                : $"{bytes[0]:d3}.{bytes[1]:d3}.{bytes[2]:d3}.{bytes[3]:d3}";
        }

        StringBuilder text = new();
        for (int i = 0; i < bytes.Length; i += 2)
        {
            text.Append(i > 0 && spelled ? ":" : "")
                .Append(BinaryPrimitives.ReadUInt16BigEndian(bytes[i..]).ToString("x4", CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }

    private static void Pad(StringBuilder to, string text, int width, bool left, bool zero)
    {
        if (left)
        {
            to.Append(text.PadRight(width));
        }
        else if (zero && text.Length < width)
        {
            int sign = text.Length > 0 && text[0] is '-' or '+' ? 1 : 0;
            to.Append(text, 0, sign).Append('0', width - text.Length).Append(text, sign, text.Length - sign);
        }
        else
        {
            to.Append(text.PadLeft(width));
        }
    }

    private static string ReadText(RunContext run, ulong address)
    {
        if (address == 0)
        {
            return "(null)";
        }

        List<byte> bytes = [];
        while (bytes.Count < MaxText && run.MayReach(address, 1, write: false, out _) && *(byte*)address != 0)
        {
            bytes.Add(*(byte*)address++);
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
