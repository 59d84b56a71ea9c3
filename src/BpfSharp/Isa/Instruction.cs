using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace BpfSharp.Isa;

/// <summary>One 8-byte instruction slot, bit for bit as the kernel's <c>struct bpf_insn</c> on a little-endian machine.</summary>
/// <remarks>Source: RFC 9669, section 3.1. A 64-bit immediate load (<c>lddw</c>) takes two slots.</remarks>
[StructLayout(LayoutKind.Sequential, Size = SizeInBytes)]
public readonly record struct Instruction
{
    /// <summary>Size of one slot, in bytes.</summary>
    public const int SizeInBytes = 8;

    // Wire order. Fields, never auto-properties: those would be laid out after every explicit field.
    private readonly byte _opcode;
    private readonly byte _registers;
    private readonly short _offset;
    private readonly int _imm;

    /// <summary>Creates a slot from its five fields.</summary>
    /// <param name="opcode">The opcode byte.</param>
    /// <param name="dst">Destination register.</param>
    /// <param name="src">Source register, or a pseudo tag.</param>
    /// <param name="offset">Byte offset of a memory access, or slot offset of a jump (relative to the next slot).</param>
    /// <param name="imm">Signed 32-bit immediate.</param>
    public Instruction(byte opcode, Register dst = 0, Register src = 0, short offset = 0, int imm = 0)
    {
        _opcode = opcode;
        _registers = (byte)((byte)src << 4 | ((byte)dst & 0xf));
        _offset = offset;
        _imm = imm;
    }

    /// <summary>The opcode byte: class, source and operation, or class, size and mode.</summary>
    public byte Opcode => _opcode;

    /// <summary>Destination register (values 11 to 15 are possible in bad input).</summary>
    public Register Dst => (Register)(_registers & 0xf);

    /// <summary>Source register, or a pseudo tag for <c>lddw</c> and <c>call</c>.</summary>
    public Register Src => (Register)(_registers >> 4);

    /// <summary>Byte offset (memory) or slot offset (jumps; relative to the next slot).</summary>
    public short Offset => _offset;

    /// <summary>Signed 32-bit immediate.</summary>
    public int Imm => _imm;

    /// <summary>The meaning of this slot, or <see cref="Op.Invalid"/>.</summary>
    public Op Op => OpcodeTable.Find(this);

    /// <summary>The same slot with another source register or pseudo tag.</summary>
    public Instruction WithSrc(Register src) => new(_opcode, Dst, src, _offset, _imm);

    /// <summary>The same slot with another offset.</summary>
    public Instruction WithOffset(short offset) => new(_opcode, Dst, Src, offset, _imm);

    /// <summary>The same slot with another immediate.</summary>
    public Instruction WithImm(int imm) => new(_opcode, Dst, Src, _offset, imm);

    /// <summary>Encodes a meaning.</summary>
    /// <param name="op">The meaning; its row fixes the opcode and the fields that select it.</param>
    /// <param name="dst">Destination register.</param>
    /// <param name="src">Source register; ignored where the row fixes it.</param>
    /// <param name="offset">Offset; ignored where the row fixes it.</param>
    /// <param name="imm">Immediate (low half for <c>lddw</c>); ignored where the row fixes it.</param>
    public static Instruction Encode(Op op, Register dst = 0, Register src = 0, short offset = 0, int imm = 0)
    {
        ref readonly OpcodeInfo row = ref OpcodeTable.Get(op);
        return new(
            row.Opcode,
            dst,
            row.Src == int.MinValue ? src : (Register)row.Src,
            row.Offset == int.MinValue ? offset : (short)row.Offset,
            row.Imm == int.MinValue ? imm : row.Imm);
    }

    /// <summary>Reads one little-endian slot.</summary>
    /// <param name="source">At least <see cref="SizeInBytes"/> bytes.</param>
    /// <param name="instruction">The slot, when the method returns <see langword="true"/>.</param>
    /// <returns><see langword="false"/> if fewer than <see cref="SizeInBytes"/> bytes remain.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out Instruction instruction)
    {
        instruction = default;
        if (source.Length < SizeInBytes)
        {
            return false;
        }

        instruction = new(
            source[0],
            (Register)(source[1] & 0xf),
            (Register)(source[1] >> 4),
            BinaryPrimitives.ReadInt16LittleEndian(source[2..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[4..]));
        return true;
    }

    /// <summary>Writes the slot in little-endian order.</summary>
    /// <param name="destination">At least <see cref="SizeInBytes"/> bytes.</param>
    public void Write(Span<byte> destination)
    {
        destination[0] = _opcode;
        destination[1] = _registers;
        BinaryPrimitives.WriteInt16LittleEndian(destination[2..], _offset);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], _imm);
    }
}
