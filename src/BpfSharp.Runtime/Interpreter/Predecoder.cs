using BpfSharp.Isa;
using BpfSharp.Objects;
using BpfSharp.Runtime.Faults;
using BpfSharp.Runtime.Helpers;
using BpfSharp.Runtime.Hosting;
using BpfSharp.Verifier;

namespace BpfSharp.Runtime.Interpreter;

/// <summary>Turns linked instructions into what engines run: references resolved, jumps inside their function or to a stop.</summary>
/// <remarks>
/// Nothing is refused here: what is wrong becomes an instruction that stops the run when reached, for a program nobody
/// verified may never reach it. So engines need no checks of registers, targets and references.
/// </remarks>
internal sealed unsafe class Predecoder
{
    private readonly RuntimeObject _object;
    private readonly RuntimeProgram _program;
    private readonly IList<ExternSpec> _externs;
    private readonly Instruction[] _slots;
    private readonly IReadOnlySet<int> _unresolved;
    private readonly HashSet<int> _callbacks = [];
    private FunctionRange[] _functions = [];
    private Code[] _code = [];

    private Predecoder(
        RuntimeProgram program, Instruction[] slots, IList<ExternSpec> externs, IReadOnlySet<int> unresolved)
    {
        _object = program.Object;
        _program = program;
        _externs = externs;
        _slots = slots;
        _unresolved = unresolved;
    }

    /// <summary>Predecodes a program.</summary>
    /// <param name="program">The program; function loads are added to its object.</param>
    /// <param name="slots">Its instructions, CO-RE applied.</param>
    /// <param name="starts">Starts of its functions, as far as known.</param>
    /// <param name="externs">What extern indices refer to.</param>
    /// <param name="unresolved">Slots whose CO-RE relocation has no answer.</param>
    public static CodeImage Decode(
        RuntimeProgram program, Instruction[] slots, IEnumerable<int> starts, IList<ExternSpec> externs,
        IReadOnlySet<int> unresolved)
        => new Predecoder(program, slots, externs, unresolved).Decode(starts);

    private CodeImage Decode(IEnumerable<int> starts)
    {
        _functions = FunctionRange.Split(_slots, starts);
        _code = CodeImage.Allocate(_slots.Length + _functions.Length);
        foreach (FunctionRange function in _functions)
        {
            int end = function.StartSlot + function.Slots;
            for (int slot = function.StartSlot; slot < end;)
            {
                DecodedInstruction instruction = DecodedInstruction.Decode(_slots.AsSpan(0, end), slot);
                _code[function.IndexOf(slot)] = Translate(function, instruction);
                if (instruction.Slots == 2)
                {
                    _code[function.IndexOf(slot + 1)] = Stop(FaultKind.InvalidInstruction);
                }

                slot += instruction.Slots;
            }

            _code[function.StartIndex + function.Slots] = Stop(FaultKind.OutOfProgram);
        }

        ContextAccess.Rewrite(_code, _program.Shape, _callbacks);
        return new CodeImage(_code, _functions);
    }

    private static Code Stop(FaultKind kind) => new() { Op = Op.Invalid, Imm = (long)kind };

    private Code Translate(FunctionRange function, DecodedInstruction d)
    {
        if (_unresolved.Contains(d.Slot))
        {
            return Stop(FaultKind.UnresolvedRelocation);
        }

        if (d.Op == Op.Invalid || (int)d.Dst > 10)
        {
            return Stop(FaultKind.InvalidInstruction);
        }

        ref readonly OpcodeInfo row = ref OpcodeTable.Get(d.Op);
        bool usesSource = row.Operand == Operand.Reg;
        if ((usesSource && (int)d.Src > 10) || (d.Dst == Register.R10 && WritesDst(row)) || (d.Src == Register.R10 && row.Fetches))
        {
            return Stop(FaultKind.InvalidInstruction);
        }

        Code code = new() { Op = d.Op, Dst = (byte)d.Dst, Src = (byte)(usesSource ? d.Src : 0), Offset = d.Offset, Imm = d.Imm };
        switch (row.Kind)
        {
            case OpKind.Jump:
            case OpKind.ConditionalJump:
            case OpKind.MayGoto:
                code.Offset = Distance(function, d);
                Decide(ref code, d.Slot, row);
                break;
            case OpKind.Call:
                return Call(function, d, code);
            case OpKind.LoadImmediate64:
                return LoadImmediate(d, code);
            case OpKind.AddressSpaceCast:
                return Array.Exists(_object.Maps, m => m?.Spec.Type == BpfSharp.Maps.MapType.Arena) ? code : Stop(FaultKind.NoArena);
            case OpKind.Alu:
                code.Imm = row.Operation is Operation.Lsh or Operation.Rsh or Operation.Arsh
                    ? d.Imm & (row.Width - 1)
                    : d.Imm;
                break;
            case OpKind.Endian:
            case OpKind.Load:
            case OpKind.Store:
            case OpKind.Atomic:
            case OpKind.LoadAcquire:
            case OpKind.StoreRelease:
            case OpKind.LegacyPacket:
            case OpKind.IndirectJump:
            case OpKind.Exit:
            default:
                break;
        }

        return code;
    }

    // A conditional jump that goes one way on every path (a test of read-only data, mostly) is decided here: both engines then skip
    // what is never reached. Sound as long as the read-only data is what the verifier saw; nobody can write it after the load.
    private void Decide(ref Code code, int slot, in OpcodeInfo row)
    {
        if (row.Kind != OpKind.ConditionalJump || _program.Proof?.Facts.Branches is not { IsDefaultOrEmpty: false } branches)
        {
            return;
        }

        if (branches[slot] is BranchFact.Jumps or BranchFact.FallsThrough)
        {
            code = new Code { Op = Op.Ja, Offset = branches[slot] == BranchFact.Jumps ? code.Offset : 0 };
        }
    }

    private static bool WritesDst(in OpcodeInfo row)
        => row.Kind is OpKind.Alu or OpKind.Endian or OpKind.AddressSpaceCast or OpKind.Load or OpKind.LoadAcquire
            or OpKind.LoadImmediate64;

    // A target outside the function, or outside the program, becomes the stop behind the function.
    private static int Distance(FunctionRange function, DecodedInstruction d)
    {
        long target = (long)d.Slot + 1 + d.Offset;
        int index = target >= function.StartSlot && target < function.StartSlot + function.Slots
            ? function.IndexOf((int)target)
            : function.StartIndex + function.Slots;
        return index - function.IndexOf(d.Slot) - 1;
    }

    private Code Call(FunctionRange function, DecodedInstruction d, Code code)
    {
        if (d.Op == Op.CallLocal)
        {
            int target = Array.FindIndex(_functions, f => f.StartSlot == (long)d.Slot + 1 + d.Imm);
            if (target < 0)
            {
                return Stop(FaultKind.OutOfProgram);
            }

            code.Offset = _functions[target].StartIndex - function.IndexOf(d.Slot) - 1;
            code.Imm = _functions[target].Slots;
            return code;
        }

        if (d.Op == Op.CallReg)
        {
            return code;
        }

        HelperRow? row;
        if (d.Op == Op.CallKfunc)
        {
            row = (ulong)d.Imm < (ulong)_externs.Count ? KfuncBodies.Find(_externs[(int)d.Imm].Name) : null;
            if (row is null)
            {
                return Stop(FaultKind.UnknownKfunc);
            }
        }
        else
        {
            if (d.Imm == HelperBodies.TailCallId)
            {
                code.Src = (byte)CallForm.TailCall;
                return code;
            }

            row = _object.FindHelper(d.Imm);
            if (row is null)
            {
                return Stop(FaultKind.UnknownHelper);
            }
        }

        code.Op = Op.CallHelper;
        code.Src = (byte)CallForm.Direct;
        code.Offset = HelperBodies.IndexOf(row);
        code.Imm = (long)row.Body.Method.MethodHandle.GetFunctionPointer();
        return code;
    }

    private Code LoadImmediate(DecodedInstruction d, Code code)
    {
        int index = (int)d.Imm;
        code.Op = Op.LoadImm64;
        switch (d.Op)
        {
            case Op.LoadMapIndex:
                if ((uint)index >= (uint)_object.Maps.Length || _object.Maps[index] is not { } map)
                {
                    return Stop(FaultKind.BadMapHandle);
                }

                code.Imm = (long)map.Handle;
                return code;
            case Op.LoadMapValueIndex:
                uint key = 0;
                byte* value = (uint)index < (uint)_object.Maps.Length && _object.Maps[index] is { } data
                    && data.Spec.KeySize == 4
                    ? data.LookupElement((byte*)&key, 0)
                    : null;
                if (value == null)
                {
                    return Stop(FaultKind.BadMapHandle);
                }

                code.Imm = (long)value + (long)(d.Imm >> 32);
                return code;
            case Op.LoadFunction:
                int target = Array.FindIndex(_functions, f => f.StartSlot == (long)d.Slot + 1 + index);
                if (target < 0)
                {
                    return Stop(FaultKind.BadFunction);
                }

                _callbacks.Add(_functions[target].StartIndex);
                code.Imm = (long)_object.AddressOf(_program, target);
                return code;
            case Op.LoadBtfId:
                if ((uint)index >= (uint)_externs.Count || !_externs[index].IsWeak)
                {
                    return Stop(FaultKind.UnknownKfunc);
                }

                code.Imm = 0;
                return code;
            case Op.LoadMapFd:
            case Op.LoadMapValueFd:
                return Stop(FaultKind.BadMapHandle);
            default:
                return code;
        }
    }
}
