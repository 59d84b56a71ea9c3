using BpfSharp.Compiler.Ir;
using BpfSharp.Isa;

namespace BpfSharp.Compiler.Emit;

/// <remarks>Loads, stores and atomics, with what can stand in the instruction as an address.</remarks>
internal sealed partial class Selector
{
    private (int Register, int Offset, object? Data, StackPlace? Place) Address(Inst inst)
    {
        Inst address = inst.Args[0];
        if (address.Op == IrOp.Alloca)
        {
            return (10, inst.Offset, null, _places[address]);
        }

        if (address.Op == IrOp.Add && address.Args[0].Op == IrOp.Alloca && address.Args[1].IsConst)
        {
            return (10, inst.Offset + (int)address.Args[1].Imm, null, _places[address.Args[0]]);
        }

        if (address is { Op: IrOp.Add } && address.Args[1] is { Op: IrOp.Core } core && IsCoreLoad(inst, address))
        {
            return (Use(address.Args[0]), (int)core.Imm, core.Data, null);
        }

        return (Use(address), inst.Offset, null, null);
    }

    private void SelectLoad(Inst inst)
    {
        (int register, int offset, object? data, StackPlace? place) = Address(inst);
        // A context field that holds a packet pointer is stored as 32 bits; the kernel makes a pointer of the load.
        Op op = (inst.Width, inst.Signed) switch
        {
            (1, false) => Op.Load8,
            (2, false) => Op.Load16,
            (4, false) => Op.Load32,
            (1, true) => Op.LoadSx8,
            (2, true) => Op.LoadSx16,
            (4, true) => Op.LoadSx32,
            _ => Op.Load64,
        };
        Emit(op, RegisterOf(inst), register, offset, data: data, place: place);
    }

    private void SelectStore(Inst inst)
    {
        Inst value = inst.Args[1];
        bool immediate = value.IsConst && (inst.Width <= 4 || value.Imm == (int)value.Imm);
        int source = immediate ? -1 : Use(value);
        (int register, int offset, object? data, StackPlace? place) = Address(inst);
        if (immediate)
        {
            Op op = inst.Width switch
            {
                1 => Op.Store8Imm,
                2 => Op.Store16Imm,
                4 => Op.Store32Imm,
                _ => Op.Store64Imm,
            };
            long imm = inst.Width switch
            {
                1 => (sbyte)value.Imm,
                2 => (short)value.Imm,
                _ => (int)value.Imm,
            };
            Emit(op, register, -1, offset, imm, data, place);
            return;
        }

        Op store = inst.Width switch
        {
            1 => Op.Store8Reg,
            2 => Op.Store16Reg,
            4 => Op.Store32Reg,
            _ => Op.Store64Reg,
        };
        Emit(store, register, source, offset, 0, data, place);
    }

    private void SelectAtomic(Inst inst)
    {
        bool wide = inst.Width == 8;
        Op op = inst.Atomic switch
        {
            AtomicOp.Add => wide ? Op.AtomicAdd64 : Op.AtomicAdd32,
            AtomicOp.Or => wide ? Op.AtomicOr64 : Op.AtomicOr32,
            AtomicOp.And => wide ? Op.AtomicAnd64 : Op.AtomicAnd32,
            AtomicOp.Xor => wide ? Op.AtomicXor64 : Op.AtomicXor32,
            AtomicOp.FetchAdd => wide ? Op.AtomicFetchAdd64 : Op.AtomicFetchAdd32,
            AtomicOp.FetchOr => wide ? Op.AtomicFetchOr64 : Op.AtomicFetchOr32,
            AtomicOp.FetchAnd => wide ? Op.AtomicFetchAnd64 : Op.AtomicFetchAnd32,
            AtomicOp.FetchXor => wide ? Op.AtomicFetchXor64 : Op.AtomicFetchXor32,
            AtomicOp.Exchange => wide ? Op.AtomicXchg64 : Op.AtomicXchg32,
            _ => wide ? Op.AtomicCmpxchg64 : Op.AtomicCmpxchg32,
        };
        if (inst.Atomic == AtomicOp.CompareExchange)
        {
            int value = Use(inst.Args[1]);
            (int at, int offset, object? data, StackPlace? place) = Address(inst);
            Materialise(inst.Args[2], 0);
            Emit(op, at, value, offset, 0, data, place);
            Copy(RegisterOf(inst), 0);
            return;
        }

        bool fetches = OpcodeTable.Get(op).Fetches;
        int operand;
        if (fetches)
        {
            operand = RegisterOf(inst);
            Materialise(inst.Args[1], operand);
        }
        else
        {
            operand = Use(inst.Args[1]);
        }

        (int address, int byteOffset, object? request, StackPlace? where) = Address(inst);
        Emit(op, address, operand, byteOffset, 0, request, where);
    }
}
