using System.Buffers.Binary;
using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <summary>The value of an instruction whose operands are known.</summary>
internal static class Folding
{
    /// <param name="inst">A pure instruction.</param>
    /// <param name="known">The value of an operand, or <see langword="null"/>.</param>
    /// <returns>The value (32-bit ones sign-extended), or <see langword="null"/>.</returns>
    public static long? Fold(Inst inst, Func<Inst, long?> known)
    {
        if (inst.Args.Count is 0 or > 2)
        {
            return null;
        }

        long? first = known(inst.Args[0]);
        long? second = inst.Args.Count > 1 ? known(inst.Args[1]) : 0;
        if (first is not { } a || second is not { } b)
        {
            return null;
        }

        bool narrow = inst.Type == IrType.I32;
        if (inst.Op == IrOp.Compare)
        {
            return inst.Cond.Holds(a, b, inst.Args[0].Type) ? 1 : 0;
        }

        long? value = inst.Op switch
        {
            IrOp.Add => a + b,
            IrOp.Sub => a - b,
            IrOp.Mul => a * b,
            IrOp.And => a & b,
            IrOp.Or => a | b,
            IrOp.Xor => a ^ b,
            IrOp.Neg => -a,
            IrOp.Shl => narrow ? (int)a << (int)b : a << (int)b,
            IrOp.Shr => narrow ? (int)((uint)a >> (int)b) : (long)((ulong)a >> (int)b),
            IrOp.Sar => narrow ? (int)a >> (int)b : a >> (int)b,
            IrOp.Zext => (uint)a,
            IrOp.Trunc => (int)a,
            IrOp.Sext => inst.Imm switch
            {
                8 => (sbyte)a,
                16 => (short)a,
                _ => (int)a,
            },
            IrOp.Bswap => inst.Imm switch
            {
                2 => BinaryPrimitives.ReverseEndianness((ushort)a),
                4 => BinaryPrimitives.ReverseEndianness((uint)a),
                _ => BinaryPrimitives.ReverseEndianness(a),
            },
            IrOp.UDiv when b != 0 => narrow ? (uint)a / (uint)b : (long)((ulong)a / (ulong)b),
            IrOp.URem when b != 0 => narrow ? (uint)a % (uint)b : (long)((ulong)a % (ulong)b),
            IrOp.SDiv when b is not 0 and not -1 => narrow ? (int)a / (int)b : a / b,
            IrOp.SRem when b is not 0 and not -1 => narrow ? (int)a % (int)b : a % b,
            _ => null,
        };
        return value is { } v ? narrow ? (int)v : v : null;
    }
}
