namespace BpfSharp.Isa;

/// <summary>How operations are written in the kernel's text: one row per operation, read by assembler and disassembler.</summary>
internal static class OperatorText
{
    /// <summary>Assignments of <see cref="OpKind.Alu"/>, longest first so that a prefix never wins.</summary>
    public static readonly (Operation Operation, string Text)[] Assignments =
    [
        (Operation.Arsh, "s>>="),
        (Operation.SDiv, "s/="),
        (Operation.SMod, "s%="),
        (Operation.Lsh, "<<="),
        (Operation.Rsh, ">>="),
        (Operation.Add, "+="),
        (Operation.Sub, "-="),
        (Operation.Mul, "*="),
        (Operation.Div, "/="),
        (Operation.Or, "|="),
        (Operation.And, "&="),
        (Operation.Mod, "%="),
        (Operation.Xor, "^="),
        (Operation.Mov, "="),
    ];

    /// <summary>Comparisons of <see cref="OpKind.ConditionalJump"/>, longest first.</summary>
    public static readonly (Operation Operation, string Text)[] Comparisons =
    [
        (Operation.Jsge, "s>="),
        (Operation.Jsle, "s<="),
        (Operation.Jsgt, "s>"),
        (Operation.Jslt, "s<"),
        (Operation.Jeq, "=="),
        (Operation.Jne, "!="),
        (Operation.Jge, ">="),
        (Operation.Jle, "<="),
        (Operation.Jgt, ">"),
        (Operation.Jlt, "<"),
        (Operation.Jset, "&"),
    ];

    /// <summary>Byte order conversions.</summary>
    public static readonly (Operation Operation, string Text)[] Conversions =
    [
        (Operation.ToLittleEndian, "le"),
        (Operation.ToBigEndian, "be"),
        (Operation.Bswap, "bswap"),
    ];

    /// <summary>Names inside <c>atomic64_fetch_…</c>.</summary>
    public static readonly (Operation Operation, string Text)[] AtomicNames =
    [
        (Operation.Add, "fetch_add"),
        (Operation.Or, "fetch_or"),
        (Operation.And, "fetch_and"),
        (Operation.Xor, "fetch_xor"),
        (Operation.Xchg, "xchg"),
        (Operation.Cmpxchg, "cmpxchg"),
    ];

    /// <summary>The text of an operation in one of the tables.</summary>
    public static string Find((Operation Operation, string Text)[] table, Operation operation)
    {
        foreach ((Operation candidate, string text) in table)
        {
            if (candidate == operation)
            {
                return text;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(operation), operation, "no text for this operation");
    }
}
