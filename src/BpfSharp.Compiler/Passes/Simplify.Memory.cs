using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <remarks>Loads, stores and their addresses.</remarks>
internal sealed partial class Simplify
{
    private Inst? FoldAddress(Inst inst)
    {
        Inst address = inst.Args[0];
        if (address is { Op: IrOp.Add } && address.Args[1].IsConst
            && inst.Offset + address.Args[1].Imm is >= short.MinValue and <= short.MaxValue)
        {
            inst.Offset += (int)address.Args[1].Imm;
            inst.Args[0] = address.Args[0];
            _changed = true;
        }
        else if (address is { Op: IrOp.MapValue } && inst.Offset != 0)
        {
            inst.Args[0] = Insert(new Inst(IrOp.MapValue, IrType.Ptr)
            {
                Imm = address.Imm,
                Offset = address.Offset + inst.Offset,
                Space = address.Space,
            }, inst);
            inst.Offset = 0;
            _changed = true;
        }

        return null;
    }

    private Inst? VisitLoad(Inst inst)
    {
        FoldAddress(inst);
        Inst address = inst.Args[0];
        if (address is { Op: IrOp.MapValue } && !inst.Volatile && inst.Type != IrType.Ptr
            && context.ReadOnlyBytes((int)address.Imm) is { } bytes)
        {
            int offset = address.Offset + inst.Offset;
            if (offset >= 0 && offset + inst.Width <= bytes.Count && !context.IsSettable((int)address.Imm, offset, inst.Width))
            {
                ulong value = 0;
                for (int i = inst.Width - 1; i >= 0; i--)
                {
                    value = (value << 8) | bytes[offset + i];
                }

                int shift = 64 - (inst.Width * 8);
                return Constant(inst.Type, inst.Signed ? (long)(value << shift) >> shift : (long)value, inst);
            }
        }

        return null;
    }

    private Inst? VisitStore(Inst inst)
    {
        FoldAddress(inst);
        // Upper bits that are not stored need not be cleared.
        Inst value = inst.Args[1];
        if (inst.Width < 4 && value.Op is IrOp.And or IrOp.Sext && value.Type == IrType.I32)
        {
            bool keeps = value.Op == IrOp.And
                ? value.Args[1].IsConst && ((uint)value.Args[1].Imm & Mask(inst.Width)) == Mask(inst.Width)
                : value.Imm >= inst.Width * 8;
            if (keeps && value.Args[0].Type == IrType.I32)
            {
                inst.Args[1] = value.Args[0];
                _changed = true;
            }
        }

        if (inst.Width == 4 && value.Op is IrOp.Trunc && !IsAddressOfVariable(inst.Args[0]))
        {
            inst.Args[1] = value.Args[0];
            _changed = true;
        }

        return null;
    }

    private static uint Mask(int width) => width == 1 ? 0xffu : 0xffffu;
}
