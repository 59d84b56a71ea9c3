using System.Reflection.Emit;
using BpfSharp.Isa;
using BpfSharp.Runtime.Interpreter;

namespace BpfSharp.Runtime.Jit;

internal sealed unsafe partial class FunctionEmitter
{
    private int EmitArithmetic(int index, int end, in OpcodeInfo row)
    {
        ref Code i = ref _code[index];
        if (TryEmitExtension(index, end))
        {
            return 2;
        }

        bool wide = row.Width == 64;
        switch (row.Operation)
        {
            case Operation.Mov:
                if (row.Operand == Operand.Imm)
                {
                    LoadConstant(wide ? i.Imm : (uint)i.Imm);
                }
                else
                {
                    LoadRegister(i.Src);
                    if (!wide && (_facts.Upper0[index] & (1 << i.Src)) == 0)
                    {
                        _il.Emit(OpCodes.Conv_U4);
                        _il.Emit(OpCodes.Conv_U8);
                    }
                }

                break;
            case Operation.MovSx:
                LoadRegister(i.Src);
                _il.Emit(i.Op is Op.MovSx8To32 or Op.MovSx8To64 ? OpCodes.Conv_I1
                    : i.Op is Op.MovSx16To32 or Op.MovSx16To64 ? OpCodes.Conv_I2 : OpCodes.Conv_I4);
                _il.Emit(wide ? OpCodes.Conv_I8 : OpCodes.Conv_U8);
                break;
            case Operation.Neg:
                LoadNarrow(i.Dst, wide);
                _il.Emit(OpCodes.Neg);
                Widen(wide);
                break;
            case Operation.Lsh:
            case Operation.Rsh:
            case Operation.Arsh:
                LoadNarrow(i.Dst, wide);
                if (row.Operand == Operand.Imm)
                {
                    _il.Emit(OpCodes.Ldc_I4, (int)i.Imm);
                }
                else
                {
                    LoadRegister(i.Src);
                    _il.Emit(OpCodes.Conv_I4);
                    _il.Emit(OpCodes.Ldc_I4, row.Width - 1);
                    _il.Emit(OpCodes.And);
                }

                _il.Emit(row.Operation == Operation.Lsh ? OpCodes.Shl : row.Operation == Operation.Rsh ? OpCodes.Shr_Un : OpCodes.Shr);
                Widen(wide);
                break;
            case Operation.Div:
            case Operation.Mod:
                EmitDivision(i, row);
                break;
            case Operation.SDiv:
            case Operation.SMod:
                LoadRegister(i.Dst);
                LoadOperand(i, row, wide: true);
                Call(row.Operation == Operation.SDiv ? (wide ? Methods.SDiv64 : Methods.SDiv32) : wide ? Methods.SMod64 : Methods.SMod32);
                break;
            default:
                LoadNarrow(i.Dst, wide);
                LoadOperand(i, row, wide);
                _il.Emit(row.Operation switch
                {
                    Operation.Add => OpCodes.Add,
                    Operation.Sub => OpCodes.Sub,
                    Operation.Mul => OpCodes.Mul,
                    Operation.Or => OpCodes.Or,
                    Operation.And => OpCodes.And,
                    _ => OpCodes.Xor,
                });
                Widen(wide);
                break;
        }

        StoreRegister(i.Dst);
        return 1;
    }

    // Old compilers extend 32-bit numbers by shifting them up and down again.
    private bool TryEmitExtension(int index, int end)
    {
        ref Code i = ref _code[index];
        ref Code next = ref _code[index + 1];
        if (i.Op != Op.Lsh64Imm || index + 1 >= end || next.Dst != i.Dst || next.Imm != i.Imm || i.Imm is not (32 or 48 or 56)
            || next.Op is not (Op.Rsh64Imm or Op.Arsh64Imm))
        {
            return false;
        }

        bool signed = next.Op == Op.Arsh64Imm;
        LoadRegister(i.Dst);
        _il.Emit(i.Imm switch
        {
            32 => signed ? OpCodes.Conv_I4 : OpCodes.Conv_U4,
            48 => signed ? OpCodes.Conv_I2 : OpCodes.Conv_U2,
            _ => signed ? OpCodes.Conv_I1 : OpCodes.Conv_U1,
        });
        _il.Emit(signed ? OpCodes.Conv_I8 : OpCodes.Conv_U8);
        StoreRegister(i.Dst);
        return true;
    }

    private void EmitDivision(in Code i, in OpcodeInfo row)
    {
        bool wide = row.Width == 64;
        bool isDivision = row.Operation == Operation.Div;
        OpCode operation = isDivision ? OpCodes.Div_Un : OpCodes.Rem_Un;
        if (row.Operand == Operand.Imm)
        {
            if ((wide ? i.Imm : (uint)i.Imm) == 0)
            {
                if (isDivision)
                {
                    LoadConstant(0);
                }
                else
                {
                    LoadNarrow(i.Dst, wide);
                    Widen(wide);
                }

                return;
            }

            LoadNarrow(i.Dst, wide);
            LoadOperand(i, row, wide);
            _il.Emit(operation);
            Widen(wide);
            return;
        }

        // By zero: the quotient is zero, the remainder the dividend.
        Label zero = _il.DefineLabel();
        Label done = _il.DefineLabel();
        LocalBuilder result = Temporary();
        LoadNarrow(i.Src, wide);
        _il.Emit(OpCodes.Brfalse, zero);
        if (wide)
        {
            // Most numbers are small, and the 32-bit division is faster.
            Label large = _il.DefineLabel();
            LoadRegister(i.Dst);
            LoadRegister(i.Src);
            _il.Emit(OpCodes.Or);
            _il.Emit(OpCodes.Ldc_I4, 32);
            _il.Emit(OpCodes.Shr_Un);
            _il.Emit(OpCodes.Brtrue, large);
            LoadNarrow(i.Dst, wide: false);
            LoadNarrow(i.Src, wide: false);
            _il.Emit(operation);
            Widen(wide: false);
            _il.Emit(OpCodes.Stloc, result);
            _il.Emit(OpCodes.Br, done);
            _il.MarkLabel(large);
        }

        LoadNarrow(i.Dst, wide);
        LoadNarrow(i.Src, wide);
        _il.Emit(operation);
        Widen(wide);
        _il.Emit(OpCodes.Stloc, result);
        _il.Emit(OpCodes.Br, done);
        _il.MarkLabel(zero);
        if (isDivision)
        {
            LoadConstant(0);
        }
        else
        {
            LoadNarrow(i.Dst, wide);
            Widen(wide);
        }

        _il.Emit(OpCodes.Stloc, result);
        _il.MarkLabel(done);
        _il.Emit(OpCodes.Ldloc, result);
    }

    private void EmitEndian(in Code i, in OpcodeInfo row)
    {
        LoadRegister(i.Dst);
        if (row.Operation == Operation.ToLittleEndian)
        {
            if (row.Width != 64)
            {
                _il.Emit(row.Width == 16 ? OpCodes.Conv_U2 : OpCodes.Conv_U4);
                _il.Emit(OpCodes.Conv_U8);
            }
        }
        else if (row.Width == 64)
        {
            Call(Methods.Swap64);
        }
        else
        {
            _il.Emit(row.Width == 16 ? OpCodes.Conv_U2 : OpCodes.Conv_U4);
            Call(row.Width == 16 ? Methods.Swap16 : Methods.Swap32);
            _il.Emit(OpCodes.Conv_U8);
        }

        StoreRegister(i.Dst);
    }

    private void LoadNarrow(int register, bool wide)
    {
        LoadRegister(register);
        if (!wide)
        {
            _il.Emit(OpCodes.Conv_U4);
        }
    }

    private void LoadOperand(in Code i, in OpcodeInfo row, bool wide)
    {
        if (row.Operand == Operand.Reg)
        {
            LoadNarrow(i.Src, wide);
        }
        else if (wide)
        {
            LoadConstant(i.Imm);
        }
        else
        {
            _il.Emit(OpCodes.Ldc_I4, (int)i.Imm);
        }
    }

    private void Widen(bool wide)
    {
        if (!wide)
        {
            _il.Emit(OpCodes.Conv_U8);
        }
    }

    private LocalBuilder Temporary() => _il.DeclareLocal(typeof(ulong));
}
