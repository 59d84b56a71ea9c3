namespace BpfSharp.Isa;

/// <summary>What every layer needs to know of one instruction meaning: a row of <see cref="OpcodeTable"/>.</summary>
/// <param name="Op">The meaning.</param>
/// <param name="Opcode">The opcode byte (first byte of the slot).</param>
/// <param name="Kind">The family, which says how the fields of the slot are read.</param>
/// <param name="Operation">The operation inside the family.</param>
/// <param name="Width">Bits computed on, compared, loaded or stored: 8, 16, 32 or 64.</param>
/// <param name="Operand">Where the second operand comes from.</param>
/// <param name="Src">What the src field must hold, or <see cref="int.MinValue"/> if it does not select the row.</param>
/// <param name="Offset">What the offset field must hold, or <see cref="int.MinValue"/> if it does not select the row.</param>
/// <param name="Imm">What the immediate must hold, or <see cref="int.MinValue"/> if it does not select the row.</param>
/// <param name="Group">Conformance group (RFC 9669, section 2.4).</param>
/// <param name="CpuVersion">First <c>-mcpu</c> level (1 to 4) of clang that uses it.</param>
/// <param name="Since">First Linux release that accepts it: major * 100 + minor, 0 for none.</param>
public readonly record struct OpcodeInfo(
    Op Op,
    byte Opcode,
    OpKind Kind,
    Operation Operation,
    byte Width,
    Operand Operand,
    int Src,
    int Offset,
    int Imm,
    ConformanceGroup Group,
    byte CpuVersion,
    ushort Since)
{
    /// <summary>Whether this is an atomic that returns the old value of memory in a register.</summary>
    public bool Fetches => Kind == OpKind.Atomic && (Imm & 1) != 0;

    /// <summary>Slots taken: 2 for <c>lddw</c>, else 1.</summary>
    public int Slots => Kind == OpKind.LoadImmediate64 ? 2 : 1;
}
