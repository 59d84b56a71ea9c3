using System.Reflection.Emit;
using BpfSharp.Isa;
using BpfSharp.Maps;
using BpfSharp.Runtime.Faults;
using BpfSharp.Runtime.Interpreter;
using BpfSharp.Runtime.Maps;
using BpfSharp.Runtime.Memory;
using BpfSharp.Verifier;

namespace BpfSharp.Runtime.Jit;

internal sealed unsafe partial class FunctionEmitter
{
    private void EmitLoad(int index, in OpcodeInfo row)
    {
        ref Code i = ref _code[index];
        int bytes = row.Width / 8;
        bool signed = row.Operation == Operation.LoadSx;
        if (row.Kind == OpKind.Load && TryPiece(_facts.Base[index], i.Offset, bytes, out LocalBuilder piece))
        {
            _il.Emit(OpCodes.Ldloc, piece);
            if (signed)
            {
                _il.Emit(bytes == 1 ? OpCodes.Conv_I1 : bytes == 2 ? OpCodes.Conv_I2 : OpCodes.Conv_I4);
                _il.Emit(OpCodes.Conv_I8);
            }

            StoreRegister(i.Dst);
            return;
        }

        EmitAddress(index, i.Src, bytes, write: false, aligned: row.Kind == OpKind.LoadAcquire);
        if (row.Kind == OpKind.LoadAcquire)
        {
            _il.Emit(OpCodes.Volatile);
        }

        if (i.Op == Op.Load32 && i.Imm == ContextAccess.MayBePointer)
        {
            _il.Emit(OpCodes.Ldarg, RunArgument);
            Call(Methods.LoadContext32);
            StoreRegister(i.Dst);
            return;
        }

        _il.Emit(bytes switch
        {
            1 => signed ? OpCodes.Ldind_I1 : OpCodes.Ldind_U1,
            2 => signed ? OpCodes.Ldind_I2 : OpCodes.Ldind_U2,
            4 => signed ? OpCodes.Ldind_I4 : OpCodes.Ldind_U4,
            _ => OpCodes.Ldind_I8,
        });
        if (bytes != 8)
        {
            _il.Emit(signed ? OpCodes.Conv_I8 : OpCodes.Conv_U8);
        }

        StoreRegister(i.Dst);
    }

    private void EmitStore(int index, in OpcodeInfo row)
    {
        ref Code i = ref _code[index];
        int bytes = row.Width / 8;
        if (row.Kind == OpKind.Store && TryPiece(_facts.Base[index], i.Offset, bytes, out LocalBuilder piece))
        {
            LoadStored(i, row);
            if (bytes != 8)
            {
                _il.Emit(bytes == 1 ? OpCodes.Conv_U1 : bytes == 2 ? OpCodes.Conv_U2 : OpCodes.Conv_U4);
                _il.Emit(OpCodes.Conv_U8);
            }

            _il.Emit(OpCodes.Stloc, piece);
            return;
        }

        EmitAddress(index, i.Dst, bytes, write: true, aligned: row.Kind == OpKind.StoreRelease);
        LoadStored(i, row);
        if (row.Kind == OpKind.StoreRelease)
        {
            _il.Emit(OpCodes.Volatile);
        }

        _il.Emit(bytes == 1 ? OpCodes.Stind_I1 : bytes == 2 ? OpCodes.Stind_I2 : bytes == 4 ? OpCodes.Stind_I4 : OpCodes.Stind_I8);
    }

    private void LoadStored(in Code i, in OpcodeInfo row)
    {
        if (row.Operand == Operand.Imm)
        {
            if (row.Width == 64)
            {
                LoadConstant(i.Imm);
            }
            else
            {
                _il.Emit(OpCodes.Ldc_I4, (int)i.Imm);
            }

            return;
        }

        LoadRegister(i.Src);
        if (row.Width != 64 && row.Kind != OpKind.Store)
        {
            _il.Emit(OpCodes.Conv_I4);
        }
        else if (row.Width != 64)
        {
            _il.Emit(row.Width == 8 ? OpCodes.Conv_U1 : row.Width == 16 ? OpCodes.Conv_U2 : OpCodes.Conv_U4);
        }
    }

    private void EmitAtomic(int index, in OpcodeInfo row)
    {
        ref Code i = ref _code[index];
        bool wide = row.Width == 64;
        EmitAddress(index, i.Dst, row.Width / 8, write: true, aligned: true);
        LoadRegister(i.Src);
        NarrowSigned(wide);
        switch (row.Operation)
        {
            case Operation.Add:
                Call(wide ? Methods.Add64 : Methods.Add32);
                if (row.Fetches)
                {
                    // Interlocked.Add gives the new value.
                    LoadRegister(i.Src);
                    NarrowSigned(wide);
                    _il.Emit(OpCodes.Sub);
                }

                break;
            case Operation.Or:
                Call(wide ? Methods.Or64 : Methods.Or32);
                break;
            case Operation.And:
                Call(wide ? Methods.And64 : Methods.And32);
                break;
            case Operation.Xor:
                Call(wide ? Methods.FetchXor64 : Methods.FetchXor32);
                break;
            case Operation.Xchg:
                Call(wide ? Methods.Exchange64 : Methods.Exchange32);
                break;
            default:
                LoadRegister(0);
                NarrowSigned(wide);
                Call(wide ? Methods.CompareExchange64 : Methods.CompareExchange32);
                break;
        }

        if (!row.Fetches)
        {
            _il.Emit(OpCodes.Pop);
            return;
        }

        Widen(wide);
        StoreRegister(row.Operation == Operation.Cmpxchg ? 0 : i.Src);
    }

    private void NarrowSigned(bool wide)
    {
        if (!wide)
        {
            _il.Emit(OpCodes.Conv_I4);
        }
    }

    private bool TryPiece(Value pointer, int offset, int bytes, out LocalBuilder piece)
    {
        piece = null!;
        return pointer is { Kind: ValueKind.Stack, HasOffset: true } && _slots.TryGet((int)pointer.Offset + offset, bytes, _il, out piece);
    }

    /// <summary>Leaves the address of an access; in checked mode, of memory the program may reach.</summary>
    private void EmitAddress(int index, int register, int bytes, bool write, bool aligned)
    {
        Value pointer = _facts.Base[index];
        int offset = _code[index].Offset;
        if (pointer is { Kind: ValueKind.Stack, HasOffset: true } && IsInFrame(pointer.Offset + offset, bytes))
        {
            _il.Emit(OpCodes.Ldarg_1);
            _il.Emit(OpCodes.Ldc_I4, (int)pointer.Offset + offset);
            _il.Emit(OpCodes.Conv_I);
            _il.Emit(OpCodes.Add);
            EmitAlignment(index, bytes, aligned && (pointer.Offset + offset) % bytes != 0);
            return;
        }

        if (_inserts && _program.FindCheck(_code + index) is { } inserted)
        {
            EmitInserted(inserted, index, register, bytes, write, pointer, offset);
            EmitAlignment(index, bytes, aligned);
            return;
        }

        if (!_checked)
        {
            LoadAddress(register, offset);
            _il.Emit(OpCodes.Conv_U);
            return;
        }

        EmitCheckedAddress(index, register, bytes, write, pointer, offset);
        EmitAlignment(index, bytes, aligned);
    }

    private bool IsInserted(int index) => _inserts && _program.FindCheck(_code + index) is not null;

    // The verifier's proof of all else stands on these: a store is held to the very region it names.
    private void EmitInserted(CheckedAccess inserted, int index, int register, int bytes, bool write, Value pointer, int offset)
    {
        bool isExact = inserted.Region switch
        {
            CheckedRegion.MapValue => pointer.Kind is ValueKind.Flat or ValueKind.Element && pointer.Info == inserted.Map,
            CheckedRegion.Packet => pointer.Kind == ValueKind.Packet,
            _ => true,
        };
        if (isExact)
        {
            EmitCheckedAddress(index, register, bytes, write, pointer, offset);
            return;
        }

        LocalBuilder address = Temporary();
        LoadAddress(register, offset);
        _il.Emit(OpCodes.Stloc, address);
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldloc, address);
        _il.Emit(OpCodes.Ldc_I4, bytes);
        _il.Emit(OpCodes.Ldc_I4, inserted.Map);
        _il.Emit(OpCodes.Ldc_I8, (long)(_code + index));
        Call(Methods.CheckStore);
        _il.Emit(OpCodes.Ldloc, address);
        _il.Emit(OpCodes.Conv_U);
    }

    private static bool IsInFrame(long offset, int bytes) => offset >= -RunContext.FrameBytes && offset + bytes <= 0;

    private void LoadAddress(int register, int offset)
    {
        LoadRegister(register);
        if (offset != 0)
        {
            LoadConstant(offset);
            _il.Emit(OpCodes.Add);
        }
    }

    private void EmitAlignment(int index, int bytes, bool test)
    {
        if ((!_checked && !IsInserted(index)) || !test || bytes == 1)
        {
            return;
        }

        LocalBuilder address = _il.DeclareLocal(typeof(nuint));
        _il.Emit(OpCodes.Stloc, address);
        _il.Emit(OpCodes.Ldloc, address);
        _il.Emit(OpCodes.Ldc_I4, bytes - 1);
        _il.Emit(OpCodes.Conv_U);
        _il.Emit(OpCodes.And);
        _il.Emit(OpCodes.Brtrue, ThrowLabel(index, FaultKind.Misaligned));
        _il.Emit(OpCodes.Ldloc, address);
    }

    private void EmitCheckedAddress(int index, int register, int bytes, bool write, Value pointer, int offset)
    {
        switch (pointer.Kind)
        {
            case ValueKind.Element or ValueKind.Record when IsInElement(pointer, offset, bytes, write):
                if (!pointer.IsNonNull)
                {
                    // Null plus the offset so far means that the call found nothing.
                    LoadRegister(register);
                    LoadConstant(pointer.Offset);
                    _il.Emit(OpCodes.Beq, AccessFaultLabel(index, register, offset));
                }

                LoadAddress(register, offset);
                break;
            case ValueKind.Constant when pointer.Info > 0 && IsOwned(pointer, offset, bytes, write):
                LoadConstant(pointer.Offset + offset);
                break;
            case ValueKind.Context when pointer.HasOffset && pointer.Offset + offset >= 0:
                _il.Emit(OpCodes.Ldloc, _regions.ContextBytes());
                LoadConstant(pointer.Offset + offset + bytes);
                _il.Emit(OpCodes.Blt, AccessFaultLabel(index, register, offset));
                LoadAddress(register, offset);
                break;
            case ValueKind.Context:
                EmitRegionCheck(index, register, offset, _regions.ContextStart(), _regions.ContextLimit(bytes));
                break;
            case ValueKind.Packet:
                EmitRegionCheck(index, register, offset, _regions.PacketStart(), _regions.PacketLimit(bytes));
                break;
            case ValueKind.Stack when !pointer.HasOffset:
                EmitRegionCheck(index, register, offset, _regions.StackStart(), _regions.StackLimit(bytes));
                break;
            case ValueKind.Flat when FlatRegion(pointer, bytes, write, out ulong start, out ulong limit):
                LocalBuilder place = Temporary();
                LoadAddress(register, offset);
                _il.Emit(OpCodes.Stloc, place);
                _il.Emit(OpCodes.Ldloc, place);
                LoadConstant((long)start);
                _il.Emit(OpCodes.Sub);
                LoadConstant((long)limit);
                _il.Emit(OpCodes.Bge_Un, AccessFaultLabel(index, place));
                _il.Emit(OpCodes.Ldloc, place);
                break;
            case ValueKind.Unknown:
            case ValueKind.Constant:
            case ValueKind.Stack:
            case ValueKind.Map:
            case ValueKind.Element:
            case ValueKind.Flat:
            case ValueKind.Record:
            default:
                LocalBuilder address = Temporary();
                LoadAddress(register, offset);
                _il.Emit(OpCodes.Stloc, address);
                _il.Emit(OpCodes.Ldarg_0);
                _il.Emit(OpCodes.Ldloc, address);
                _il.Emit(OpCodes.Ldc_I4, bytes);
                _il.Emit(OpCodes.Ldc_I4, write ? 1 : 0);
                _il.Emit(OpCodes.Ldc_I8, (long)(_code + index));
                Call(Methods.CheckAccess);
                _il.Emit(OpCodes.Ldloc, address);
                break;
        }

        _il.Emit(OpCodes.Conv_U);
    }

    private void EmitRegionCheck(int index, int register, int offset, LocalBuilder start, LocalBuilder limit)
    {
        LocalBuilder address = Temporary();
        LoadAddress(register, offset);
        _il.Emit(OpCodes.Stloc, address);
        _il.Emit(OpCodes.Ldloc, address);
        _il.Emit(OpCodes.Ldloc, start);
        _il.Emit(OpCodes.Sub);
        _il.Emit(OpCodes.Ldloc, limit);
        _il.Emit(OpCodes.Bge_Un, AccessFaultLabel(index, address));
        _il.Emit(OpCodes.Ldloc, address);
    }

    private Label AccessFaultLabel(int index, LocalBuilder address) => Cold(() =>
    {
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldc_I8, (long)(_code + index));
        _il.Emit(OpCodes.Ldloc, address);
        Call(Methods.AccessFault);
        _il.Emit(OpCodes.Throw);
    });

    private Label AccessFaultLabel(int index, int register, int offset) => Cold(() =>
    {
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldc_I8, (long)(_code + index));
        LoadAddress(register, offset);
        Call(Methods.AccessFault);
        _il.Emit(OpCodes.Throw);
    });

    private bool IsInElement(Value pointer, int offset, int bytes, bool write)
    {
        long from = pointer.Offset + offset;
        if (!pointer.HasOffset || from < 0)
        {
            return false;
        }

        if (pointer.Kind == ValueKind.Record)
        {
            return from + bytes <= pointer.Info;
        }

        RuntimeMap map = _program.Object.Maps[pointer.Info]!;
        return from + bytes <= map.Spec.ValueSize && !(write && IsReadOnly(map));
    }

    private bool IsOwned(Value pointer, int offset, int bytes, bool write)
    {
        RuntimeMap map = _program.Object.Maps[pointer.Info - 1]!;
        return map.Owns((byte*)(pointer.Offset + offset), (nuint)bytes) && !(write && IsReadOnly(map));
    }

    private bool FlatRegion(Value pointer, int bytes, bool write, out ulong start, out ulong limit)
    {
        RuntimeMap map = _program.Object.Maps[pointer.Info]!;
        (nuint first, nuint length) = map.FlatValues;
        start = first;
        limit = JitSupport.Limit(length, (ulong)bytes);
        return length >= (nuint)bytes && !(write && IsReadOnly(map));
    }

    private static bool IsReadOnly(RuntimeMap map) => (map.Spec.Flags & MapFlags.ReadOnlyProgram) != 0;
}
