using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Verifier.ControlFlow;
using BpfSharp.Verifier.Domains;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.Pruning;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

internal sealed partial class PathWalker
{
    /// <returns><see langword="false"/> at the end of the path.</returns>
    private bool CheckCall(in DecodedInstruction insn)
    {
        switch (insn.Op)
        {
            case Op.CallLocal:
                CheckLocalCall(insn);
                return true;
            case Op.CallHelper:
                RequireLockAllows(insn);
                CheckHelperCall(insn);
                _slot++;
                return true;
            case Op.CallKfunc:
                bool goesOn = CheckKfuncCall(insn);
                _slot++;
                return goesOn;
            default:
                throw Reject(FindingIds.Encoding, "call through a register", "call a helper, a function or a kernel function");
        }
    }

    private void RequireLockAllows(in DecodedInstruction insn)
    {
        const int SpinUnlock = 94;
        if (_state.ActiveLocks > 0 && insn.Imm != SpinUnlock)
        {
            throw Reject(FindingIds.Section, "a helper is called while a lock is held", "unlock first");
        }
    }

    private void CheckLocalCall(in DecodedInstruction insn)
    {
        int index = _code.FunctionOf[insn.CallTarget];
        FunctionInfo callee = _code.Functions[index];
        if (callee.IsExceptionCallback)
        {
            throw Reject(FindingIds.Protocol, $"{callee.Name} is the exception callback and may not be called directly", "call bpf_throw");
        }

        if (callee.IsGlobal)
        {
            CheckGlobalCall(insn, callee);
            _slot++;
            return;
        }

        EnterFunction(_state, index, _slot);
        FrameState caller = _frame;
        _frame = _state.Current;
        for (int r = 1; r <= 5; r++)
        {
            _frame.Registers[r] = caller.Registers[r];
        }

        ClearCallerSaved(caller);
        _slot = insn.CallTarget;
    }

    private void EnterFunction(PathState state, int function, int callSite)
    {
        if (state.Depth >= PathState.MaxFrames)
        {
            throw Reject(
                FindingIds.CallDepth, $"the call stack of {PathState.MaxFrames + 1} frames is too deep", "flatten the calls: at most 8 frames");
        }

        FrameState frame = _pool.Rent();
        ResetFrame(frame, callSite, state.Depth, function);
        state.Frames[state.Depth++] = frame;
    }

    private static void ClearCallerSaved(FrameState frame)
    {
        for (int r = 0; r <= 5; r++)
        {
            frame.Registers[r] = RegisterState.NotInit;
        }
    }

    private void CheckGlobalCall(in DecodedInstruction insn, FunctionInfo callee)
    {
        if (_state.ActiveLocks > 0)
        {
            throw Reject(FindingIds.Section, "a global function is called while a lock is held", "unlock first, or make it static");
        }

        if (callee.MightSleep && (_state.RcuDepth > 0 || _state.PreemptDepth > 0 || _state.ActiveIrq != 0 || !_state.Sleepable))
        {
            throw Reject(FindingIds.Sleeps, $"{callee.Name} may sleep, which is not allowed here");
        }

        CheckGlobalArguments(callee);
        callee.Called = true;
        if (callee.MightThrow)
        {
            Throw(callee);
        }

        ClearCallerSaved(_frame);
        if (callee.ChangesPacket || !_program.Rules.PacketEffectsOfGlobalFunctions)
        {
            ForgetPackets();
        }

        Reg(Register.R0) = RegisterState.UnknownScalar;
        Reg(Register.R0).Origin = _slot;
        _ = insn;
    }

    private bool CheckExit()
    {
        bool isOutermost = _state.Depth == 1;
        RequireBalanced(isOutermost, "at exit");
        if (!isOutermost)
        {
            return ReturnFromFunction();
        }

        CheckReturnValue();
        return false;
    }

    private void RequireBalanced(bool checkSections, string where)
    {
        if (_state.Depth == 1 || checkSections)
        {
            for (int i = 0; i < _state.ReferenceCount; i++)
            {
                ref readonly Reference reference = ref _state.References[i];
                if (reference.Kind == ReferenceKind.Pointer)
                {
                    (string what, string step) = NextSteps.ForReference(_program.Object, _program.Spec, reference.Slot);
                    throw Reject(
                        FindingIds.Reference, $"the {what} acquired at {reference.Slot} is not released {where}",
                        step, $"acquired at {reference.Slot}{LineOf(reference.Slot)}");
                }
            }
        }

        if (!checkSections)
        {
            return;
        }

        if (_state.ActiveLocks > 0)
        {
            throw Reject(FindingIds.Section, $"a lock is still held {where}", "unlock on every path");
        }

        if (_state.ActiveIrq != 0)
        {
            throw Reject(FindingIds.Section, $"interrupts are still off {where}", "restore them on every path");
        }

        if (_state.RcuDepth > 0)
        {
            throw Reject(FindingIds.Section, $"an RCU read section is still open {where}", "call bpf_rcu_read_unlock on every path");
        }

        if (_state.PreemptDepth > 0)
        {
            throw Reject(FindingIds.Section, $"preemption is still disabled {where}", "call bpf_preempt_enable on every path");
        }
    }

    private bool ReturnFromFunction()
    {
        FrameState callee = _frame;
        ref RegisterState result = ref callee.Registers[0];
        if (result.Kind == RegisterKind.Stack)
        {
            throw Reject(FindingIds.StackBounds, "a stack pointer is returned: that frame is gone");
        }

        FrameState caller = _state[_state.Depth - 2];
        bool isCallback = callee.IsCallback;
        if (isCallback)
        {
            RequireReadable(Register.R0);
            if (!result.IsScalar)
            {
                throw Reject(FindingIds.ReturnValue, $"the callback returns {Describe(result)}, not a number");
            }

            MarkPrecise(Register.R0);
            RequireReturnRange(callee.Registers[0].Range, callee.ReturnMin, callee.ReturnMax, "callback");
        }
        else
        {
            caller.Registers[0] = result;
        }

        int callSite = callee.CallSite;
        _state.Frames[_state.Depth - 1] = null;
        _state.Depth--;
        _pool.Return(callee);
        _frame = _state.Current;
        if (isCallback)
        {
            _slot = callSite;
            if (_saved.FindPreviousEntry(_state, callSite) is { } previous)
            {
                StateComparer.Widen(previous, _state);
            }
        }
        else
        {
            _slot = callSite + 1;
        }

        return true;
    }

    private void RequireReturnRange(in ScalarRange range, long min, long max, string what)
    {
        if (range.SMin < min || range.SMax > max)
        {
            throw Reject(
                FindingIds.ReturnValue,
                $"the {what} returns {(range.IsUnknown ? "any number" : $"signed {range.SMin}..{range.SMax}")}; allowed are {min} to {max}",
                "return only allowed values on every path");
        }
    }

    private void CheckReturnValue()
    {
        FrameState frame = _frame;
        if (frame.IsAsync)
        {
            RequireReadable(Register.R0);
            if (!Reg(Register.R0).IsScalar)
            {
                throw Reject(FindingIds.ReturnValue, $"the callback returns {Describe(Reg(Register.R0))}, not a number");
            }

            MarkPrecise(Register.R0);
            RequireReturnRange(Reg(Register.R0).Range, 0, 0, "callback");
            return;
        }

        if (_rootFunction != 0 && !_code.Functions[_rootFunction].IsExceptionCallback)
        {
            if (!ReturnsVoid(_code.Functions[_rootFunction]))
            {
                RequireReadable(Register.R0);
                if (!Reg(Register.R0).IsScalar)
                {
                    throw Reject(
                        FindingIds.ReturnValue, $"the global function returns {Describe(Reg(Register.R0))}, not a number");
                }
            }

            return;
        }

        if (HookReturnsNothing())
        {
            return;
        }

        RequireReadable(Register.R0);
        ref RegisterState result = ref Reg(Register.R0);
        if (result.IsPointer && !_program.AllowPointerLeaks)
        {
            throw Reject(FindingIds.PointerLeak, "the program returns a pointer: its address may not leave it without CAP_PERFMON");
        }

        if (AllowedReturn() is not { } allowed)
        {
            return;
        }

        if (!result.IsScalar)
        {
            throw Reject(FindingIds.ReturnValue, $"the program returns {Describe(result)}; allowed are {allowed.Minimum} to {allowed.Maximum}");
        }

        MarkPrecise(Register.R0);
        ScalarRange returned = Reg(Register.R0).Range;
        if (_program.Type == ProgramType.Lsm)
        {
            // A security hook returns int: only the low half counts.
            returned = ScalarRange.Signed(returned.S32Min, returned.S32Max);
        }

        RequireReturnRange(returned, allowed.Minimum, allowed.Maximum, "program");
    }

    private ReturnRange? AllowedReturn()
    {
        ReturnRange? range = HookReturnRange() ?? ProgramTypeTable.FindReturnRange(_program.Type, _program.Spec.AttachType);
        bool isBind = _program.Spec.AttachType is AttachType.CgroupInet4Bind or AttachType.CgroupInet6Bind;
        return range is not null && isBind && !_program.Rules.BindFlags ? new ReturnRange(0, 1) : range;
    }

    private void ForgetPackets()
    {
        bool leaks = _program.AllowPointerLeaks;
        ForEachRegister(_state, (ref RegisterState register) =>
        {
            if (IsAnyPacket(register) || register.Is(RegisterFlags.DynptrSlice))
            {
                register = leaks ? RegisterState.UnknownScalar : RegisterState.NotInit;
            }
        });
    }

    /// <summary>Everything that shares a given-back reference is a mere number from here on.</summary>
    private void ReleaseReference(int id)
    {
        if (!_state.RemoveReference(ReferenceKind.Pointer, id))
        {
            throw Reject(FindingIds.Reference, "a reference is released that is not held", "release it once only");
        }

        InvalidateReference(id);
    }

    private void InvalidateReference(int id)
    {
        bool leaks = _program.AllowPointerLeaks;
        ForEachRegister(_state, (ref RegisterState register) =>
        {
            if (register.RefId == id)
            {
                register = leaks ? RegisterState.UnknownScalar : RegisterState.NotInit;
            }
        });
    }

    private int AcquireReference()
    {
        int id = NextId();
        _state.AddReference(new Reference(ReferenceKind.Pointer, id, _slot, 0));
        return id;
    }
}
