namespace BpfSharp.Isa;

/// <summary>Which fields of a slot an instruction uses as operands, and which its row fixes; all others must be zero.</summary>
/// <remarks>Source: RFC 9669, section 3: unused fields shall be cleared to zero. The kernel's verifier refuses others.</remarks>
/// <param name="Dst">The destination register is an operand.</param>
/// <param name="Src">The source register is an operand.</param>
/// <param name="Offset">The offset is an operand.</param>
/// <param name="Imm">The immediate is an operand.</param>
/// <param name="SrcFixed">The row says what src holds.</param>
/// <param name="OffsetFixed">The row says what the offset holds.</param>
/// <param name="ImmFixed">The row says what the immediate holds.</param>
public readonly record struct FieldUse(bool Dst, bool Src, bool Offset, bool Imm, bool SrcFixed, bool OffsetFixed, bool ImmFixed)
{
    /// <summary>The fields a row uses.</summary>
    /// <param name="row">A row of <see cref="OpcodeTable"/>.</param>
    public static FieldUse Of(in OpcodeInfo row)
    {
        bool srcFixed = row.Src != int.MinValue;
        bool offsetFixed = row.Offset != int.MinValue;
        bool immFixed = row.Imm != int.MinValue;
        bool register = row.Operand == Operand.Reg;
        bool immediate = row.Operand == Operand.Imm;
        (bool dst, bool src, bool offset, bool imm) = row.Kind switch
        {
            OpKind.Alu => (true, register, false, immediate),
            OpKind.Endian => (true, false, false, false),
            OpKind.AddressSpaceCast => (true, true, false, true),
            OpKind.Load or OpKind.LoadAcquire => (true, true, true, false),
            OpKind.Store => (true, register, true, immediate),
            OpKind.Atomic or OpKind.StoreRelease => (true, true, true, false),
            OpKind.LoadImmediate64 => (true, false, false, true),
            OpKind.LegacyPacket => (false, row.Operation == Operation.LdInd, false, true),
            OpKind.Jump => (false, false, row.Op == Op.Ja, row.Op == Op.Ja32),
            OpKind.ConditionalJump => (true, register, true, immediate),
            OpKind.MayGoto => (false, false, true, false),
            OpKind.IndirectJump => (true, false, false, false),
            OpKind.Call => (row.Op == Op.CallReg, false, row.Op == Op.CallKfunc, row.Op != Op.CallReg),
            OpKind.Exit => (false, false, false, false),
            _ => throw new ArgumentOutOfRangeException(nameof(row), row.Kind, "not a kind of instruction"),
        };
        return new(dst, src && !srcFixed, offset && !offsetFixed, imm && !immFixed, srcFixed, offsetFixed, immFixed);
    }
}
