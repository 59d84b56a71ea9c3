using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.InteropServices;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Runtime.Faults;
using BpfSharp.Runtime.Helpers;
using BpfSharp.Runtime.Interpreter;
using BpfSharp.Runtime.Maps;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Jit;

internal sealed unsafe partial class FunctionEmitter
{
    private const long MayGotoLoops = 8 * 1024 * 1024;

    private Regions _regions = null!;
    private LocalBuilder? _fuel;
    private LocalBuilder? _mayGoto;
    private bool _keepsFrame;

    private void EmitPrologue()
    {
        _regions = new Regions(_il);
        bool calls = false;
        bool localCalls = false;
        bool callsBack = false;
        bool unknown = false;
        bool inserts = false;
        for (int block = _firstBlock; block <= _lastBlock; block++)
        {
            for (int i = _flow.Starts[block]; i < _flow.Ends[block]; i += _code[i].Op == Op.LoadImm64 ? 2 : 1)
            {
                OpKind kind = _code[i].Op == Op.Invalid ? OpKind.Exit : OpcodeTable.Get(_code[i].Op).Kind;
                if (kind == OpKind.Call)
                {
                    localCalls |= _code[i].Op == Op.CallLocal;
                    calls |= _code[i].Op != Op.CallLocal;
                    callsBack |= NeedsFrame(_code[i]);
                }
                else if (kind is OpKind.Load or OpKind.LoadAcquire or OpKind.Store or OpKind.StoreRelease or OpKind.Atomic)
                {
                    Value pointer = _facts.Base[i];
                    int bytes = OpcodeTable.Get(_code[i].Op).Width / 8;
                    unknown |= pointer.Kind is not (ValueKind.Context or ValueKind.Packet);
                    bool inserted = IsInserted(i);
                    inserts |= inserted;
                    if (_checked || inserted)
                    {
                        _regions.Need(pointer, _code[i].Offset, bytes);
                    }
                }
                else if (_code[i].Op == Op.MayGoto)
                {
                    _mayGoto ??= _il.DeclareLocal(typeof(long));
                }
            }
        }

        // Helpers test their arguments against the frame in use, and give callbacks the next one.
        _keepsFrame = _checked ? calls || unknown : callsBack || inserts;
        if (_checked)
        {
            if (_slots.UsesMemory && _plan is null)
            {
                _il.Emit(OpCodes.Ldarg_1);
                Call(Methods.ClearFrame);
            }

            if (_flow.HasLoop || localCalls)
            {
                _fuel = _il.DeclareLocal(typeof(long));
                LoadFuel();
            }
        }

        if (_checked || inserts)
        {
            _regions.EmitStart();
        }

        SetFrame();
        if (_mayGoto is not null && _plan is null)
        {
            _il.Emit(OpCodes.Ldc_I8, MayGotoLoops);
            _il.Emit(OpCodes.Stloc, _mayGoto);
        }
    }

    private void SetFrame()
    {
        if (_keepsFrame)
        {
            _il.Emit(OpCodes.Ldarg_0);
            _il.Emit(OpCodes.Ldarg_1);
            _il.Emit(OpCodes.Stfld, Methods.Frame_);
        }
    }

    private void LoadFuel()
    {
        if (_fuel is not null)
        {
            _il.Emit(OpCodes.Ldarg_0);
            _il.Emit(OpCodes.Ldfld, Methods.Fuel);
            _il.Emit(OpCodes.Stloc, _fuel);
        }
    }

    private void SaveFuel()
    {
        if (_fuel is not null)
        {
            _il.Emit(OpCodes.Ldarg_0);
            _il.Emit(OpCodes.Ldloc, _fuel);
            _il.Emit(OpCodes.Stfld, Methods.Fuel);
        }
    }

    private void BurnFuel(int index, long steps)
    {
        if (_fuel is null)
        {
            return;
        }

        _il.Emit(OpCodes.Ldloc, _fuel);
        LoadConstant(steps);
        _il.Emit(OpCodes.Sub);
        _il.Emit(OpCodes.Stloc, _fuel);
        _il.Emit(OpCodes.Ldloc, _fuel);
        LoadConstant(0);
        _il.Emit(OpCodes.Blt, ThrowLabel(index, FaultKind.OutOfFuel));
    }

    private void EmitJump(int index, int target)
    {
        if (target <= index)
        {
            BurnFuel(index, index + 1 - target);
        }

        _il.Emit(OpCodes.Br, LabelOf(_flow.BlockAt[target]));
    }

    private void EmitConditionalJump(int index, in OpcodeInfo row, Label? insteadOfTarget = null)
    {
        ref Code i = ref _code[index];
        int target = index + 1 + i.Offset;
        bool wide = row.Width == 64;
        bool burns = target <= index && _fuel is not null;
        Label taken = insteadOfTarget ?? (burns ? _il.DefineLabel() : LabelOf(_flow.BlockAt[target]));
        LoadNarrow(i.Dst, wide);
        LoadOperand(i, row, wide);
        if (row.Operation == Operation.Jset)
        {
            _il.Emit(OpCodes.And);
            _il.Emit(OpCodes.Brtrue, taken);
        }
        else
        {
            _il.Emit(
                row.Operation switch
                {
                    Operation.Jeq => OpCodes.Beq,
                    Operation.Jne => OpCodes.Bne_Un,
                    Operation.Jgt => OpCodes.Bgt_Un,
                    Operation.Jge => OpCodes.Bge_Un,
                    Operation.Jlt => OpCodes.Blt_Un,
                    Operation.Jle => OpCodes.Ble_Un,
                    Operation.Jsgt => OpCodes.Bgt,
                    Operation.Jsge => OpCodes.Bge,
                    Operation.Jslt => OpCodes.Blt,
                    _ => OpCodes.Ble,
                },
                taken);
        }

        if (burns)
        {
            Label falls = _il.DefineLabel();
            _il.Emit(OpCodes.Br, falls);
            _il.MarkLabel(taken);
            EmitJump(index, target);
            _il.MarkLabel(falls);
        }
    }

    private void EmitMayGoto(int index)
    {
        int target = index + 1 + _code[index].Offset;
        Label goesOn = _il.DefineLabel();
        _il.Emit(OpCodes.Ldloc, _mayGoto!);
        _il.Emit(OpCodes.Brtrue, goesOn);
        EmitJump(index, target);
        _il.MarkLabel(goesOn);
        _il.Emit(OpCodes.Ldloc, _mayGoto!);
        LoadConstant(1);
        _il.Emit(OpCodes.Sub);
        _il.Emit(OpCodes.Stloc, _mayGoto!);
    }

    private void EmitLegacyPacket(in Code i)
    {
        LocalBuilder value = Temporary();
        SetIp(i);
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldc_I4, (int)i.Op);
        _il.Emit(OpCodes.Ldc_I4, (int)i.Imm);
        LoadRegister(i.Src);
        _il.Emit(OpCodes.Ldloca, value);
        Call(Methods.LegacyLoad);
        Label loaded = _il.DefineLabel();
        _il.Emit(OpCodes.Brtrue, loaded);
        LoadConstant(0);
        EmitReturn();
        _il.MarkLabel(loaded);
        _il.Emit(OpCodes.Ldloc, value);
        StoreRegister(0);
    }

    private static bool NeedsFrame(in Code i)
    {
        if (i.Op == Op.CallLocal)
        {
            return false;
        }

        // Kernel functions and a test's helpers: not known, so they may.
        HelperInfo? info = RegisterUse.Helper(i);
        return info is null || info.Has(HelperTraits.CallsBack);
    }

    private void SetIp(in Code i)
    {
        fixed (Code* at = &i)
        {
            _il.Emit(OpCodes.Ldarg_0);
            _il.Emit(OpCodes.Ldc_I8, (long)at);
            _il.Emit(OpCodes.Conv_I);
            _il.Emit(OpCodes.Stfld, Methods.Ip);
        }
    }

    private void EmitCall(int index)
    {
        ref Code i = ref _code[index];
        if (i.Op == Op.CallLocal)
        {
            EmitLocalCall(index);
            return;
        }

        if (_facts.IsLookup(index) && TryEmitLookup(index))
        {
            return;
        }

        if (_checked || NeedsFrame(i))
        {
            SetIp(i);
        }

        SaveFuel();
        if (i.Op == Op.CallReg)
        {
            _il.Emit(OpCodes.Ldarg_0);
            LoadRegister(i.Dst);
            LoadArguments(5);
            Call(Methods.CallByNumber);
            StoreRegister(0);
        }
        else if (i.Src == (byte)CallForm.TailCall)
        {
            EmitTailCall();
        }
        else
        {
            int count = RegisterUse.ArgumentCount(i);
            if (_checked && i.Offset >= 0 && HelperChecker.IsNeeded(HelperBodies.Row(i.Offset)))
            {
                _il.Emit(OpCodes.Ldarg_0);
                _il.Emit(OpCodes.Ldc_I4, i.Offset);
                LoadArguments(count);
                Call(Methods.CheckArguments);
            }

            MethodInfo? body = i.Offset >= 0 ? HelperBodies.Row(i.Offset).Body.Method : null;
            _il.Emit(OpCodes.Ldarg_0);
            LoadArguments(count);
            if (body is { IsStatic: true })
            {
                Call(body);
            }
            else
            {
                _il.Emit(OpCodes.Ldc_I8, i.Imm);
                _il.Emit(OpCodes.Conv_I);
                _il.EmitCalli(
                    OpCodes.Calli, CallingConventions.Standard, typeof(ulong),
                    [typeof(RunContext), typeof(ulong), typeof(ulong), typeof(ulong), typeof(ulong), typeof(ulong)], null);
            }

            StoreRegister(0);
        }

        LoadFuel();
        if (RegisterUse.Helper(i) is not { } info || info.Has(HelperTraits.ChangesPacket) || info.Has(HelperTraits.CallsBack))
        {
            _regions.EmitPacket();
        }
    }

    // Five registers; those the helper does not take are zero, so that they need not be kept alive.
    private void LoadArguments(int count)
    {
        for (int r = 1; r <= 5; r++)
        {
            if (r <= count)
            {
                LoadRegister(r);
            }
            else
            {
                LoadConstant(0);
            }
        }
    }

    private void EmitTailCall()
    {
        LocalBuilder result = Temporary();
        Label fails = _il.DefineLabel();
        _il.Emit(OpCodes.Ldarg_0);
        LoadRegister(1);
        LoadRegister(2);
        LoadRegister(3);
        _il.Emit(OpCodes.Ldloca, result);
        Call(Methods.TailCall);
        _il.Emit(OpCodes.Brfalse, fails);
        LoadFuel();
        _il.Emit(OpCodes.Ldloc, result);
        EmitReturn();
        _il.MarkLabel(fails);
        _il.Emit(OpCodes.Ldloc, result);
        StoreRegister(0);
    }

    private void EmitLocalCall(int index)
    {
        ref Code i = ref _code[index];
        Callee callee = _callee(index + 1 + i.Offset);
        if (_checked)
        {
            BurnFuel(index, i.Imm);
            _il.Emit(OpCodes.Ldarg_1);
            _il.Emit(OpCodes.Ldc_I4, RunContext.FrameBytes);
            _il.Emit(OpCodes.Conv_I);
            _il.Emit(OpCodes.Add);
            _il.Emit(OpCodes.Ldarg_0);
            _il.Emit(OpCodes.Ldfld, Methods.FrameLimit);
            _il.Emit(OpCodes.Bgt_Un, ThrowLabel(index, FaultKind.CallDepth));
        }

        if (IsInlinable(callee))
        {
            EmitInline(callee);
            return;
        }

        SaveFuel();
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldarg_1);
        _il.Emit(OpCodes.Ldc_I4, RunContext.FrameBytes);
        _il.Emit(OpCodes.Conv_I);
        _il.Emit(OpCodes.Add);
        for (int r = 1; r <= callee.Arguments; r++)
        {
            LoadRegister(r);
        }

        Call(callee.Method);
        StoreRegister(0);
        LoadFuel();
        SetFrame();
        if (_checked || _inserts)
        {
            _regions.EmitPacket();
        }
    }

    // A lookup in a map known when compiling, with a key that needs no test.
    private bool TryEmitLookup(int index)
    {
        Value key = _facts.Second[index];
        RuntimeMap map = _facts.Map(index);
        LookupShape shape = map.LookupShape;
        bool onStack = key is { Kind: ValueKind.Stack, HasOffset: true } && IsInFrame(key.Offset, map.Spec.KeySize);
        if (shape.Kind == LookupKind.None || (_checked && !onStack))
        {
            return false;
        }

        if (shape.Kind == LookupKind.Static)
        {
            if (shape.Method!.GetGenericArguments() is [var keyType, var valueType] && valueType == typeof(SharedValue)
                && (keyType == typeof(Key4) || keyType == typeof(Key8)))
            {
                EmitHashProbe(key, onStack, shape, wide: keyType == typeof(Key8));
                return true;
            }

            _il.Emit(OpCodes.Ldc_I8, (long)shape.Start);
            _il.Emit(OpCodes.Conv_U);
            LoadKeyAddress(key, onStack);
            _il.Emit(OpCodes.Ldarg_0);
            _il.Emit(OpCodes.Ldfld, Methods.Cpu);
            Call(shape.Method!);
            _il.Emit(OpCodes.Conv_U8);
            StoreRegister(0);
            return true;
        }

        LocalBuilder number = Temporary();
        if (onStack && _slots.TryGet((int)key.Offset, 4, _il, out LocalBuilder piece))
        {
            _il.Emit(OpCodes.Ldloc, piece);
        }
        else
        {
            LoadKeyAddress(key, onStack);
            _il.Emit(OpCodes.Ldind_U4);
            _il.Emit(OpCodes.Conv_U8);
        }

        _il.Emit(OpCodes.Stloc, number);
        Label absent = _il.DefineLabel();
        Label done = _il.DefineLabel();
        LocalBuilder result = Temporary();
        _il.Emit(OpCodes.Ldloc, number);
        LoadConstant(shape.Count);
        _il.Emit(OpCodes.Bge_Un, absent);
        _il.Emit(OpCodes.Ldloc, number);
        LoadConstant(shape.Stride);
        _il.Emit(OpCodes.Mul);
        _il.Emit(OpCodes.Ldc_I8, (long)shape.Start);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Stloc, result);
        _il.Emit(OpCodes.Br, done);
        _il.MarkLabel(absent);
        LoadConstant(0);
        _il.Emit(OpCodes.Stloc, result);
        _il.MarkLabel(done);
        _il.Emit(OpCodes.Ldloc, result);
        StoreRegister(0);
        return true;
    }

    // The first node of the bucket is tested here; a longer chain is walked by the map. An odd word is the end of the chain.
    private void EmitHashProbe(Value key, bool onStack, LookupShape shape, bool wide)
    {
        HashTable* table = (HashTable*)shape.Start;
        LocalBuilder word = Temporary();
        LocalBuilder node = Temporary();
        LocalBuilder result = Temporary();
        Label done = _il.DefineLabel();
        Label absent = _il.DefineLabel();
        LoadKeyAddress(key, onStack);
        _il.Emit(wide ? OpCodes.Ldind_I8 : OpCodes.Ldind_U4);
        _il.Emit(OpCodes.Conv_U8);
        _il.Emit(OpCodes.Stloc, word);
        _il.Emit(OpCodes.Ldloc, word);
        if (wide)
        {
            _il.Emit(OpCodes.Ldloc, word);
            _il.Emit(OpCodes.Ldc_I4, 32);
            _il.Emit(OpCodes.Shr_Un);
            _il.Emit(OpCodes.Xor);
        }

        _il.Emit(OpCodes.Ldc_I8, (long)table->Multiplier);
        _il.Emit(OpCodes.Mul);
        _il.Emit(OpCodes.Ldc_I4, table->Shift);
        _il.Emit(OpCodes.Shr_Un);
        _il.Emit(OpCodes.Ldc_I4_3);
        _il.Emit(OpCodes.Shl);
        _il.Emit(OpCodes.Ldc_I8, (long)table->Buckets);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Conv_U);
        _il.Emit(OpCodes.Volatile);
        _il.Emit(OpCodes.Ldind_I8);
        _il.Emit(OpCodes.Stloc, node);
        _il.Emit(OpCodes.Ldloc, node);
        LoadConstant(1);
        _il.Emit(OpCodes.And);
        _il.Emit(OpCodes.Brtrue, absent);
        LoadNodeField(node, HashNode.HeaderBytes);
        _il.Emit(wide ? OpCodes.Ldind_I8 : OpCodes.Ldind_U4);
        _il.Emit(OpCodes.Conv_U8);
        _il.Emit(OpCodes.Ldloc, word);
        _il.Emit(OpCodes.Bne_Un, Cold(() =>
        {
            _il.Emit(OpCodes.Ldc_I8, (long)shape.Start);
            _il.Emit(OpCodes.Conv_U);
            LoadKeyAddress(key, onStack);
            _il.Emit(OpCodes.Ldarg_0);
            _il.Emit(OpCodes.Ldfld, Methods.Cpu);
            Call(shape.Method!);
            _il.Emit(OpCodes.Conv_U8);
            _il.Emit(OpCodes.Stloc, result);
            _il.Emit(OpCodes.Br, done);
        }));
        LoadNodeField(node, (int)Marshal.OffsetOf<HashNode>(nameof(HashNode.Value)));
        _il.Emit(OpCodes.Ldind_I8);
        _il.Emit(OpCodes.Stloc, result);
        _il.Emit(OpCodes.Br, done);
        _il.MarkLabel(absent);
        LoadConstant(0);
        _il.Emit(OpCodes.Stloc, result);
        _il.MarkLabel(done);
        _il.Emit(OpCodes.Ldloc, result);
        StoreRegister(0);
    }

    private void LoadNodeField(LocalBuilder node, int offset)
    {
        _il.Emit(OpCodes.Ldloc, node);
        LoadConstant(offset);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Conv_U);
    }

    private void LoadKeyAddress(Value key, bool onStack)
    {
        if (onStack)
        {
            _il.Emit(OpCodes.Ldarg_1);
            _il.Emit(OpCodes.Ldc_I4, (int)key.Offset);
            _il.Emit(OpCodes.Conv_I);
            _il.Emit(OpCodes.Add);
        }
        else
        {
            LoadRegister(2);
            _il.Emit(OpCodes.Conv_U);
        }
    }
}
