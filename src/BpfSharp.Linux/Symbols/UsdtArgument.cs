using System.Globalization;

namespace BpfSharp.Linux.Symbols;

/// <summary>Where an argument of a USDT place is found.</summary>
public enum UsdtArgumentKind
{
    /// <summary>The number itself.</summary>
    Constant = 0,
    /// <summary>In a register.</summary>
    Register = 1,
    /// <summary>In memory at a register plus an offset.</summary>
    Memory = 2,
    /// <summary>In memory at a register plus a scaled index register plus an offset.</summary>
    IndexedMemory = 3,
}

/// <summary>One argument of a USDT place, read from its text (x86-64).</summary>
/// <param name="Kind">Where it is.</param>
/// <param name="Bytes">Its size: 1, 2, 4 or 8.</param>
/// <param name="IsSigned">Whether it is extended with its sign.</param>
/// <param name="Value">The constant, or the offset to the register.</param>
/// <param name="RegisterOffset">Byte of the register in <c>struct pt_regs</c>.</param>
/// <param name="IndexOffset">Byte of the index register; 0 if none.</param>
/// <param name="ScaleShift">Shift of the index: 0 to 3.</param>
public sealed record UsdtArgument(
    UsdtArgumentKind Kind, int Bytes, bool IsSigned, long Value, int RegisterOffset = 0, int IndexOffset = 0, int ScaleShift = 0)
{
    // struct pt_regs of x86-64, in order, 8 bytes each.
    private static readonly string[] s_registers =
        ["r15", "r14", "r13", "r12", "bp", "bx", "r11", "r10", "r9", "r8", "ax", "cx", "dx", "si", "di", "orig_ax", "ip", "cs", "flags", "sp"];

    /// <summary>Reads all arguments of a place.</summary>
    /// <param name="text">For example <c>8@%rdi -4@$5 4@-16(%rbp)</c>.</param>
    /// <exception cref="FormatException">One is not understood.</exception>
    public static IReadOnlyList<UsdtArgument> ReadAll(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Read)];
    }

    private static UsdtArgument Read(string text)
    {
        int at = text.IndexOf('@', StringComparison.Ordinal);
        if (at <= 0 || !int.TryParse(text.AsSpan(0, at), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int size)
            || Math.Abs(size) is not (1 or 2 or 4 or 8))
        {
            throw new FormatException($"'{text}' is no USDT argument: its size (1, 2, 4 or 8, minus for signed) must stand before @");
        }

        string place = text[(at + 1)..];
        (int bytes, bool signed) = (Math.Abs(size), size < 0);
        if (place.StartsWith('$'))
        {
            return new UsdtArgument(UsdtArgumentKind.Constant, bytes, signed, Number(place[1..], text));
        }

        if (place.StartsWith('%'))
        {
            return new UsdtArgument(UsdtArgumentKind.Register, bytes, signed, 0, Register(place, text));
        }

        int open = place.IndexOf('(', StringComparison.Ordinal);
        if (open < 0 || !place.EndsWith(')'))
        {
            throw new FormatException($"'{text}' is no USDT argument: a $number, %register or offset(%register) must follow @");
        }

        long offset = open == 0 ? 0 : Number(place[..open], text);
        string[] inside = place[(open + 1)..^1].Split(',');
        if (inside.Length == 1)
        {
            return new UsdtArgument(UsdtArgumentKind.Memory, bytes, signed, offset, Register(inside[0], text));
        }

        long scale = inside.Length == 3 ? Number(inside[2], text) : 1;
        return new UsdtArgument(UsdtArgumentKind.IndexedMemory, bytes, signed, offset, Register(inside[0], text), Register(inside[1], text),
            System.Numerics.BitOperations.TrailingZeroCount(scale));
    }

    private static long Number(string text, string whole)
    {
        bool negative = text.StartsWith('-');
        string digits = negative ? text[1..] : text;
        bool good = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? long.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long value)
            : long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        return good ? (negative ? -value : value) : throw new FormatException($"'{whole}' is no USDT argument: '{text}' is no number");
    }

    private static int Register(string text, string whole)
    {
        string name = text.Trim().TrimStart('%');
        // eax, rax, al and ax are one; so are r8, r8d, r8w and r8b; and dil, sil, bpl, spl.
        string full = name switch
        {
            "al" or "ah" => "ax",
            "bl" or "bh" => "bx",
            "cl" or "ch" => "cx",
            "dl" or "dh" => "dx",
            "dil" => "di",
            "sil" => "si",
            "bpl" => "bp",
            "spl" => "sp",
            "rip" => "ip",
            ['r', >= '0' and <= '9', ..] => name.TrimEnd('d', 'w', 'b'),
            ['r' or 'e', _, _] => name[1..],
            _ => name,
        };
        int index = Array.IndexOf(s_registers, full);
        return index >= 0 ? index * 8 : throw new FormatException($"'{whole}' is no USDT argument: there is no register '{text}' in the x86-64 ABI");
    }
}
