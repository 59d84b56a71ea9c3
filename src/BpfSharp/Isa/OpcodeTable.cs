namespace BpfSharp.Isa;

/// <summary>The table of instructions: a row per meaning, read by every consumer.</summary>
/// <remarks>Source: RFC 9669, and <c>include/uapi/linux/bpf.h</c> for what Linux added since.</remarks>
public static partial class OpcodeTable
{
    private static readonly OpcodeInfo[] s_byOp;
    private static readonly OpcodeInfo[][] s_byOpcode;

#pragma warning disable CA1810 // the rows stand in another file: only a static constructor surely runs after them
    static OpcodeTable()
    {
        s_byOp = IndexByOp();
        s_byOpcode = IndexByOpcode();
    }
#pragma warning restore CA1810

    /// <summary>All rows.</summary>
    public static ReadOnlySpan<OpcodeInfo> Rows => s_rows;

    /// <summary>The row of a meaning.</summary>
    /// <param name="op">Any member but <see cref="Op.Invalid"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="op"/> has no row.</exception>
    public static ref readonly OpcodeInfo Get(Op op)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)op, (int)Op.Invalid);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((int)op, s_byOp.Length);
        return ref s_byOp[(int)op];
    }

    /// <summary>Finds the meaning of one slot by its opcode and the fields that select among rows.</summary>
    /// <param name="slot">The slot; for <c>lddw</c> the first of the two.</param>
    /// <returns><see cref="Op.Invalid"/> if no row matches.</returns>
    public static Op Find(Instruction slot)
    {
        foreach (ref readonly OpcodeInfo row in s_byOpcode[slot.Opcode].AsSpan())
        {
            if ((row.Src == Any || row.Src == (int)slot.Src)
                && (row.Offset == Any || row.Offset == slot.Offset)
                && (row.Imm == Any || row.Imm == slot.Imm))
            {
                return row.Op;
            }
        }

        return Op.Invalid;
    }

    private static OpcodeInfo[] IndexByOp()
    {
        OpcodeInfo[] index = new OpcodeInfo[s_rows.Length + 1];
        foreach (ref readonly OpcodeInfo row in s_rows.AsSpan())
        {
            index[(int)row.Op] = row;
        }

        return index;
    }

    private static OpcodeInfo[][] IndexByOpcode()
    {
        OpcodeInfo[][] index = new OpcodeInfo[256][];
        for (int opcode = 0; opcode < index.Length; opcode++)
        {
            index[opcode] = Array.FindAll(s_rows, row => row.Opcode == opcode);
        }

        return index;
    }
}
