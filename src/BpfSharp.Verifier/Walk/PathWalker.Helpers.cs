using BpfSharp.CoRe;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Verifier.Domains;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

internal sealed partial class PathWalker
{
    private const int MaxErrno = 4095;

    /// <summary>What the arguments of the call at hand turned out to be.</summary>
    private struct CallFacts
    {
        public MapInfo? Map;
        public int MapIdentity;
        public int ReferenceId;
        public int ReleasedRegister;
        public int DynptrId;
        public int SizeMax;
        public bool HasSize;
        public int AllocationSize;
        public int Function;
        public bool HasFunction;
        public int BtfType;
        public RegisterState SlicedDynptr;
        public bool KeyIsInRange;
        public SpecialField? Kptr;
        public FrameState? NewDynptrFrame;
        public int NewDynptrSlot;
        public bool NewDynptrIsRing;
        public int FirstType;
    }

    private Rejection MissingInTarget()
    {
        CoreRelocation? relocation = _program.Spec.CoreRelocations.FirstOrDefault(r => r.Slot == _slot || r.Slot == _slot - 1);
        string what = relocation is not null && _program.Object.Btf is { } own && _program.Options.KernelTypes is { } types
            ? new CoreRelocator(own, types).Describe(relocation) : "a CO-RE relocation";
        return Reject(
            FindingIds.CallNotAllowed, $"{what} has no answer in the target's types",
            "ask first whether it is there (bpf_core_field_exists, bpf_core_type_exists), or read it only on kernels that have it");
    }

    private void CheckHelperCall(in DecodedInstruction insn)
    {
        HelperInfo? found = insn.Imm is > 0 and <= int.MaxValue ? _program.Helper((int)insn.Imm) : null;
        if (found is not { } helper)
        {
            throw insn.Imm == CoreRelocator.UnresolvedHelper ? MissingInTarget() : Reject(
                FindingIds.CallNotAllowed, $"helper {insn.Imm} does not exist", "call a helper by its name; 'bpfsharp feature' lists them");
        }

        RequireCallable(helper);
        CallFacts facts = default;
        for (int i = 0; i < helper.Arguments.Length; i++)
        {
            CheckArgument(helper, i, ref facts);
        }

        NoteMap(facts.Map);
        RequireMapFits(helper, facts.Map);
        Release(helper, ref facts);
        BeforeCall(helper, ref facts);
        RegisterState result = ResultOf(helper, facts);
        ClearCallerSaved(_frame);
        result.Origin = _slot;
        Reg(Register.R0) = result;
        if (helper.Has(HelperTraits.ChangesPacket))
        {
            ForgetPackets();
        }

        AfterCall(helper, facts);
    }

    private void NoteMap(MapInfo? map)
    {
        if (map is null)
        {
            return;
        }

        ref int noted = ref _callMaps[_slot];
        noted = noted == int.MinValue || noted == map.Index ? map.Index : -1;
    }

    private void RequireCallable(HelperInfo helper)
    {
        bool isSocketIterator = _program.Spec.AttachType == AttachType.TraceIter && helper.Name is "setsockopt" or "getsockopt"
            && _program.Spec.AttachTarget is "tcp" or "udp" or "unix";
        if (!isSocketIterator && !ProgramTypeTable.Allows(_program.Type, helper.Id, _program.Spec.AttachType, _program.IsSleepable))
        {
            throw Reject(
                FindingIds.CallNotAllowed, $"{helper.FullName} is not for programs of type {_program.Type}",
                NextSteps.ForHelper(helper, _program.Type));
        }

        if (helper.Name is "setsockopt" or "getsockopt" && _program.Type == ProgramType.StructOps
            && _program.Spec.AttachTarget == "tcp_congestion_ops.release")
        {
            throw Reject(FindingIds.CallNotAllowed, $"{helper.FullName} may not be called when a socket gives its congestion control up");
        }

        if (helper.Has(HelperTraits.GplOnly) && !_program.IsGpl)
        {
            throw Reject(
                FindingIds.License, $"{helper.FullName} is for GPL-compatible programs only; the licence is '{_program.Object.License}'",
                "declare a GPL-compatible licence, for example \"GPL\" or \"Dual MIT/GPL\"");
        }

        if (helper.Name == "get_func_ip" && !HasFunctionAddress())
        {
            throw Reject(
                FindingIds.CallNotAllowed, $"{helper.FullName} needs a function the program is attached to, which programs of type {_program.Type} have not",
                "call it at fentry, fexit, fmod_ret or a kprobe");
        }

        // Programs for bpf(2) itself get the socket casts of the tracing programs, which ask no more.
        bool isCast = _program.Type == ProgramType.Syscall && helper.Name.StartsWith("skc_to_", StringComparison.Ordinal);
        if (helper.Has(HelperTraits.NeedsPerfmon) && !isCast && !_program.AllowPointerLeaks)
        {
            throw Reject(FindingIds.CallNotAllowed, $"{helper.FullName} needs CAP_PERFMON");
        }

        if (!helper.Has(HelperTraits.MaySleep))
        {
            return;
        }

        if (!_state.Sleepable)
        {
            throw Reject(FindingIds.Sleeps, $"{helper.FullName} may sleep, the program may not", "make the program sleepable");
        }

        if (_state.RcuDepth > 0 || _state.PreemptDepth > 0 || _state.ActiveIrq != 0)
        {
            throw Reject(FindingIds.Sleeps, $"{helper.FullName} may sleep: not inside an RCU, preemption or interrupt section");
        }
    }

    private bool HasFunctionAddress() => _program.Type == ProgramType.Kprobe
        || (_program.Type == ProgramType.Tracing
            && _program.Spec.AttachType is AttachType.TraceFentry or AttachType.TraceFexit or AttachType.ModifyReturn);

    private void RequireMapFits(HelperInfo helper, MapInfo? map)
    {
        if (map is null)
        {
            return;
        }

        bool changesSockets = helper.Id is 2 or 3 && map.Type is MapType.SockMap or MapType.SockHash;
        if (!MapHelperRules.Fits(map.Type, helper.Id) || (changesSockets && !MapHelperRules.MayChangeSockets(_program.Type, helper.Id, _program.Spec.AttachType)))
        {
            throw Reject(
                FindingIds.MapUse, $"{helper.FullName} does not work on {map}, which is of type {map.Type}");
        }
    }

    private void Release(HelperInfo helper, ref CallFacts facts)
    {
        if (!helper.Has(HelperTraits.ReleasesReference) || facts.ReleasedRegister == 0)
        {
            return;
        }

        if (facts.DynptrId != 0)
        {
            ReleaseDynptr(facts);
            return;
        }

        RegisterState released = _frame.Registers[facts.ReleasedRegister];
        if (released.IsNull)
        {
            return;
        }

        if (released.RefId == 0)
        {
            throw Reject(
                FindingIds.Reference, $"r{facts.ReleasedRegister} is {Describe(released)}, which holds no reference to release");
        }

        ReleaseReference(released.RefId);
    }

    /// <summary>What a helper does besides its prototype.</summary>
    private void BeforeCall(HelperInfo helper, ref CallFacts facts)
    {
        switch (helper.Name)
        {
            case "tail_call":
                RequireBalanced(true, "before a tail call");
                if (_state.Depth > 1 && _state.ReferenceCount > 0)
                {
                    throw Reject(FindingIds.Reference, "a tail call would lose a reference");
                }

                break;
            case "get_local_storage":
                if (!Reg(Register.R2).IsNull)
                {
                    throw Reject(FindingIds.MapUse, "the flags of bpf_get_local_storage must be 0");
                }

                break;
            case "dynptr_from_mem":
                if (Reg(Register.R1).Kind != RegisterKind.MapValue)
                {
                    throw Reject(
                        FindingIds.Protocol, $"bpf_dynptr_from_mem over {Describe(Reg(Register.R1))}: only memory of a map's value",
                        "put the buffer in a map or global variable");
                }

                break;
            case "dynptr_write" when (DynptrKind)facts.SlicedDynptr.Object is DynptrKind.SocketBuffer or DynptrKind.SocketBufferMeta:
                // Writing may move a packet that lies in several pieces.
                ForgetPackets();
                break;
            case "loop":
                CheckLoop(facts);
                break;
            case "for_each_map_elem" or "find_vma" or "user_ringbuf_drain" or "timer_set_callback":
                StartCallback(helper, facts);
                break;
            case "set_retval":
                CheckSetReturn();
                break;
            default:
                break;
        }
    }

    private void CheckSetReturn()
    {
        if (_program.Type == ProgramType.Lsm && _program.Spec.AttachType == AttachType.LsmCgroup)
        {
            MarkPrecise(Register.R1);
            if (Reg(Register.R1).Range.SMin < -MaxErrno || Reg(Register.R1).Range.SMax > 0)
            {
                throw Reject(FindingIds.ReturnValue, "bpf_set_retval needs a value of -4095 to 0 here");
            }
        }
    }

    private void AfterCall(HelperInfo helper, in CallFacts facts)
    {
        _ = helper;
        if (facts.NewDynptrFrame is { } frame)
        {
            MakeDynptr(frame, facts);
        }
    }

    private RegisterState ResultOf(HelperInfo helper, in CallFacts facts)
    {
        RegisterState result;
        switch (helper.Return)
        {
            case HelperReturn.Nothing:
                return RegisterState.NotInit;
            case HelperReturn.Integer:
                return RegisterState.Number(IntegerResult(helper, facts));
            case HelperReturn.MapValue or HelperReturn.MapValueOrNull:
                MapInfo map = facts.Map ?? throw Reject(FindingIds.Argument, $"{helper.FullName} got no map");
                result = RegisterState.Pointer(RegisterKind.MapValue);
                result.Object = map.Index;
                result.Extra = facts.MapIdentity;
                if (helper.Return == HelperReturn.MapValueOrNull && !(facts.KeyIsInRange && helper.Name == "map_lookup_elem"))
                {
                    result.Flags |= RegisterFlags.MaybeNull;
                }

                if (!result.MaybeNull && HasLock(map.Fields))
                {
                    result.Id = NextId();
                }

                break;
            case HelperReturn.SocketOrNull:
                result = RegisterState.Pointer(RegisterKind.Socket, RegisterFlags.MaybeNull);
                break;
            case HelperReturn.SockCommonOrNull:
                result = RegisterState.Pointer(RegisterKind.SockCommon, RegisterFlags.MaybeNull);
                break;
            case HelperReturn.TcpSocketOrNull:
                result = RegisterState.Pointer(RegisterKind.TcpSocket, RegisterFlags.MaybeNull);
                break;
            case HelperReturn.RingRecordOrNull:
                result = RegisterState.Pointer(RegisterKind.Memory, RegisterFlags.MaybeNull | RegisterFlags.RingRecord);
                result.Extra = facts.AllocationSize;
                break;
            case HelperReturn.DynptrSliceOrNull:
                result = RegisterState.Pointer(RegisterKind.Memory, RegisterFlags.MaybeNull);
                result.Extra = facts.AllocationSize;
                if (facts.SlicedDynptr.Is(RegisterFlags.ReadOnly))
                {
                    result.Flags |= RegisterFlags.ReadOnly;
                }

                break;
            case HelperReturn.PerCpuVariable or HelperReturn.PerCpuVariableOrNull:
                result = PerCpuResult(facts);
                if (helper.Return == HelperReturn.PerCpuVariableOrNull)
                {
                    result.Flags |= RegisterFlags.MaybeNull;
                }

                break;
            case HelperReturn.BtfPointer or HelperReturn.BtfPointerOrNull or HelperReturn.TrustedBtfPointer:
                result = BtfResult(helper, facts);
                break;
            default:
                throw new NotModelledException(_slot, $"the result of {helper.FullName}");
        }

        if (result.MaybeNull)
        {
            result.Id = NextId();
        }

        if (Acquires(helper, facts.Map))
        {
            int id = AcquireReference();
            result.Id = id;
            result.RefId = id;
        }
        else if (facts.ReferenceId != 0
            && (helper.Name is "sk_fullsock" or "tcp_sock" || helper.Name.StartsWith("skc_to_", StringComparison.Ordinal)))
        {
            // A cast of a held pointer is held by the same reference.
            result.RefId = facts.ReferenceId;
        }
        else if (helper.Return == HelperReturn.DynptrSliceOrNull)
        {
            result.RefId = facts.SlicedDynptr.RefId != 0 ? facts.SlicedDynptr.RefId : facts.SlicedDynptr.Id;
        }

        return result;
    }

    private static bool Acquires(HelperInfo helper, MapInfo? map) =>
        helper.Has(HelperTraits.AcquiresReference)
        || (helper.Name == "map_lookup_elem" && map?.Type is MapType.SockMap or MapType.SockHash);

    private ScalarRange IntegerResult(HelperInfo helper, in CallFacts facts)
    {
        switch (helper.Name)
        {
            case "get_stack" or "get_task_stack" or "probe_read_str" or "probe_read_kernel_str" or "probe_read_user_str"
                when facts.HasSize:
                ScalarRange range = ScalarRange.Unknown;
                range.SMin = -MaxErrno;
                range.SMax = facts.SizeMax;
                range.S32Min = -MaxErrno;
                range.S32Max = facts.SizeMax;
                range.Sync();
                return range;
            case "get_smp_processor_id":
                return ScalarRange.Unsigned(0, (ulong)Math.Max(1, _program.Options.PossibleCpus) - 1);
            default:
                return ScalarRange.Unknown;
        }
    }

    private void CheckLoop(in CallFacts facts)
    {
        MarkPrecise(Register.R1);
        if ((ulong)_frame.CallbackDepth < Reg(Register.R1).Range.UMax)
        {
            StartLoop(facts);
        }
        else
        {
            _frame.CallbackDepth = 0;
        }
    }
}
