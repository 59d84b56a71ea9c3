using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Emit;
using BpfSharp.Isa;
using BpfSharp.Runtime.Faults;
using BpfSharp.Runtime.Hosting;
using BpfSharp.Runtime.Interpreter;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Jit;

/// <summary>Writes one function as IL.</summary>
/// <remarks>
/// <para>Signature: <c>(RunContext run, byte* frame, ulong r1 …) -> ulong</c>; registers are arguments and locals.</para>
/// <para>
/// Checks end in a <c>throw</c>: a call that returns would make RyuJIT keep the registers in memory around it, which
/// costs several times the check itself.
/// </para>
/// </remarks>
internal sealed unsafe partial class FunctionEmitter
{
    private const int RunArgument = 0;
    private const int FrameArgument = 1;
    private const int FirstRegisterArgument = 2;

    private readonly RuntimeProgram _program;
    private readonly Code* _code;
    private readonly int _length;
    private readonly FunctionFlow _flow;
    private readonly FunctionFacts _facts;
    private readonly ILGenerator _il;
    private readonly int _arguments;
    private readonly Func<int, Callee> _callee;
    private readonly bool _checked;
    private readonly bool _inserts;
    private readonly LocalBuilder?[] _registers = new LocalBuilder?[10];
    private readonly Label[] _labels;
    private List<(Label Label, Action Write)> _cold = [];
    private int _firstBlock;
    private int _lastBlock;
    private StackSlots _slots = null!;

    public FunctionEmitter(
        RuntimeProgram program, Code* code, FunctionFlow flow, FunctionFacts facts, ILGenerator il, int arguments,
        Func<int, Callee> callee)
    {
        _program = program;
        _code = code;
        _length = facts.Base.Length;
        _flow = flow;
        _facts = facts;
        _arguments = arguments;
        _callee = callee;
        _checked = program.ChecksEverything;
        _inserts = program.Proof is { } proof && !_checked && proof.Facts.CheckedAccesses.Length > 0;
        _il = il;
        _firstBlock = 0;
        _lastBlock = flow.Starts.Length - 1;
        _labels = new Label[flow.Starts.Length];
    }

    /// <summary>An empty method for a function.</summary>
    [RequiresDynamicCode("Makes code at run time.")]
    public static DynamicMethod Declare(string name, int arguments)
    {
        Type[] types = new Type[FirstRegisterArgument + arguments];
        types[RunArgument] = typeof(RunContext);
        types[FrameArgument] = typeof(byte*);
        Array.Fill(types, typeof(ulong), FirstRegisterArgument, arguments);
        return new DynamicMethod(name, typeof(ulong), types, typeof(FunctionEmitter).Module, skipVisibility: true);
    }

    /// <summary>Writes the function, whole.</summary>
    public void Emit()
    {
        _slots = StackSlots.Find(_code, _flow, _facts);
        EmitPrologue();
        EmitBody();
        EmitCold();
    }

    private void EmitCold()
    {
        // Cold ends may add others.
        for (int k = 0; k < _cold.Count; k++)
        {
            _il.MarkLabel(_cold[k].Label);
            _cold[k].Write();
        }
    }

    private void EmitBody()
    {
        for (int b = _firstBlock; b <= _lastBlock; b++)
        {
            _labels[b] = _il.DefineLabel();
        }

        for (int b = _firstBlock; b <= _lastBlock; b++)
        {
            _il.MarkLabel(_labels[b]);
            EmitBlock(b);
        }
    }

    /// <summary>Writes one instruction, or several that mean one thing.</summary>
    /// <returns>How many slots.</returns>
    private int EmitInstruction(int index, int end)
    {
        ref Code i = ref _code[index];
        if (i.Op == Op.Invalid)
        {
            EmitThrow(index, (FaultKind)i.Imm);
            return 1;
        }

        ref readonly OpcodeInfo row = ref OpcodeTable.Get(i.Op);
        switch (row.Kind)
        {
            case OpKind.Alu:
                return EmitArithmetic(index, end, row);
            case OpKind.Endian:
                EmitEndian(i, row);
                break;
            case OpKind.AddressSpaceCast:
                LoadRegister(i.Src);
                StoreRegister(i.Dst);
                break;
            case OpKind.Load when !_checked && !IsInserted(index) && IsDead(index):
                break;
            case OpKind.Load:
            case OpKind.LoadAcquire:
                EmitLoad(index, row);
                break;
            case OpKind.Store:
            case OpKind.StoreRelease:
                EmitStore(index, row);
                break;
            case OpKind.Atomic:
                EmitAtomic(index, row);
                break;
            case OpKind.LoadImmediate64:
                LoadConstant(i.Imm);
                StoreRegister(i.Dst);
                return 2;
            case OpKind.LegacyPacket:
                EmitLegacyPacket(i);
                break;
            case OpKind.Jump:
                EmitJump(index, index + 1 + i.Offset);
                break;
            case OpKind.ConditionalJump:
                EmitConditionalJump(index, row);
                break;
            case OpKind.MayGoto:
                EmitMayGoto(index);
                break;
            case OpKind.Call:
                EmitCall(index);
                break;
            case OpKind.Exit:
                LoadRegister(0);
                EmitReturn();
                break;
            case OpKind.IndirectJump:
            default:
                EmitThrow(index, FaultKind.InvalidInstruction);
                break;
        }

        return 1;
    }

    // Whether nobody reads what an instruction writes: a load is then left out, mostly one whose test was decided at load. A proved
    // load has no other effect; RyuJIT must keep it, because for all it knows it may fault.
    private bool IsDead(int index)
    {
        int register = 1 << _code[index].Dst;
        ReadOnlySpan<Code> code = new(_code, _length);
        int last = index;
        for (int next = index + 1; next < _length && _flow.BlockAt[next] < 0; next = last + (code[last].Op == Op.LoadImm64 ? 2 : 1))
        {
            last = next;
            if (code[last].Op == Op.Invalid)
            {
                return false;
            }

            if ((RegisterUse.Reads(code[last], 5) & register) != 0)
            {
                return false;
            }

            if ((RegisterUse.Writes(code[last]) & register) != 0)
            {
                return true;
            }

            if (OpcodeTable.Get(code[last].Op).Kind is OpKind.Jump or OpKind.ConditionalJump or OpKind.Exit)
            {
                break;
            }
        }

        (int falls, int jumps) = FunctionFlow.Successors(code, last);
        return ((LiveAt(falls) | LiveAt(jumps)) & register) == 0;
    }

    private int LiveAt(int index) => index < 0 ? 0 : _flow.BlockAt[index] is >= 0 and int block ? _flow.LiveIn[block] : -1;

    // Leaves the function with the value on the stack: the method's, or what stands for it where it is inlined.
    private void EmitReturn()
    {
        if (_result is not null)
        {
            _il.Emit(OpCodes.Stloc, _result);
            _il.Emit(OpCodes.Br, _exit);
            return;
        }

        if (_plan is not null)
        {
            EmitChunkReturn();
            return;
        }

        SaveFuel();
        _il.Emit(OpCodes.Ret);
    }

    private void LoadRegister(int register)
    {
        if (register == 10)
        {
            _il.Emit(OpCodes.Ldarg, FrameArgument);
            _il.Emit(OpCodes.Conv_U8);
        }
        else if (IsArgument(register))
        {
            _il.Emit(OpCodes.Ldarg, (short)(FirstRegisterArgument + register - 1));
        }
        else
        {
            _il.Emit(OpCodes.Ldloc, Local(register));
        }
    }

    private void StoreRegister(int register)
    {
        if (IsArgument(register))
        {
            _il.Emit(OpCodes.Starg, (short)(FirstRegisterArgument + register - 1));
        }
        else
        {
            _il.Emit(OpCodes.Stloc, Local(register));
        }
    }

    private bool IsArgument(int register) => register >= 1 && register <= _arguments;

    private LocalBuilder Local(int register) => _registers[register] ??= _il.DeclareLocal(typeof(ulong));

    private void LoadConstant(long value)
    {
        // The long form: a conversion would be one more node for RyuJIT to fold.
        _il.Emit(OpCodes.Ldc_I8, value);
    }

    private void Call(MethodInfo method) => _il.Emit(OpCodes.Call, method);

    private Label Cold(Action write)
    {
        Label label = _il.DefineLabel();
        _cold.Add((label, write));
        return label;
    }

    private void EmitThrow(int index, FaultKind kind)
    {
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldc_I8, (long)(_code + index));
        _il.Emit(OpCodes.Ldc_I4, (int)kind);
        Call(Methods.Fault);
        _il.Emit(OpCodes.Throw);
    }

    private Label ThrowLabel(int index, FaultKind kind) => Cold(() => EmitThrow(index, kind));
}
