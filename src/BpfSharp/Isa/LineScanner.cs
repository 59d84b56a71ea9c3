using System.Globalization;

namespace BpfSharp.Isa;

/// <summary>Reads one line of assembler text from left to right.</summary>
internal ref struct LineScanner(ReadOnlySpan<char> line)
{
    private readonly ReadOnlySpan<char> _line = line;

    /// <summary>Characters read.</summary>
    public int Position { get; private set; }

    /// <summary>What is left, without leading blanks.</summary>
    public ReadOnlySpan<char> Rest
    {
        get
        {
            SkipBlanks();
            return _line[Position..];
        }
    }

    /// <summary>Whether nothing but blanks is left.</summary>
    public bool AtEnd => Rest.IsEmpty;

    /// <summary>Takes a text exactly; words end where their letters end.</summary>
    public bool TryTake(ReadOnlySpan<char> text)
    {
        if (!Rest.StartsWith(text, StringComparison.Ordinal)
            || (IsWordCharacter(text[^1]) && Rest.Length > text.Length && IsWordCharacter(Rest[text.Length])))
        {
            return false;
        }

        Position += text.Length;
        return true;
    }

    /// <summary>Takes a text that may run into the next word (<c>s8</c> after <c>(</c>, <c>le</c> before <c>16</c>).</summary>
    public bool TryTakePrefix(ReadOnlySpan<char> text)
    {
        if (!Rest.StartsWith(text, StringComparison.Ordinal))
        {
            return false;
        }

        Position += text.Length;
        return true;
    }

    /// <summary>Takes a register: <c>r0</c>..<c>r10</c>, or <c>w0</c>..<c>w10</c> for its lower half.</summary>
    public bool TryTakeRegister(out Register register, out bool half)
    {
        register = default;
        half = false;
        ReadOnlySpan<char> rest = Rest;
        if (rest.Length < 2 || rest[0] is not ('r' or 'w') || !char.IsAsciiDigit(rest[1]))
        {
            return false;
        }

        int length = rest.Length > 2 && char.IsAsciiDigit(rest[2]) ? 3 : 2;
        int number = int.Parse(rest[1..length], CultureInfo.InvariantCulture);
        if (number > (int)Register.R10 || (rest.Length > length && IsWordCharacter(rest[length])))
        {
            return false;
        }

        register = (Register)number;
        half = rest[0] == 'w';
        Position += length;
        return true;
    }

    /// <summary>Takes a number: decimal or <c>0x</c>, with sign; blanks may stand after the sign. 64-bit unsigned ones wrap.</summary>
    public bool TryTakeNumber(out long number)
    {
        number = 0;
        ReadOnlySpan<char> rest = Rest;
        int at = 0;
        bool negative = false;
        if (rest.Length > 0 && rest[0] is '+' or '-')
        {
            negative = rest[0] == '-';
            at = 1;
            while (at < rest.Length && rest[at] is ' ' or '\t')
            {
                at++;
            }
        }

        bool hex = rest[at..].StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        int start = hex ? at + 2 : at;
        int end = start;
        while (end < rest.Length && (hex ? char.IsAsciiHexDigit(rest[end]) : char.IsAsciiDigit(rest[end])))
        {
            end++;
        }

        if (end == start
            || (end < rest.Length && IsWordCharacter(rest[end]))
            || !ulong.TryParse(rest[start..end], hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out ulong magnitude))
        {
            return false;
        }

        number = negative ? unchecked(-(long)magnitude) : unchecked((long)magnitude);
        Position += end;
        return true;
    }

    /// <summary>Takes a name: letters, digits, <c>_</c>, <c>.</c>, <c>$</c>.</summary>
    public bool TryTakeName(out string name)
    {
        ReadOnlySpan<char> rest = Rest;
        int end = 0;
        while (end < rest.Length && IsWordCharacter(rest[end]))
        {
            end++;
        }

        name = rest[..end].ToString();
        Position += end;
        return end > 0;
    }

    private static bool IsWordCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '$';

    private void SkipBlanks()
    {
        while (Position < _line.Length && char.IsWhiteSpace(_line[Position]))
        {
            Position++;
        }
    }
}
