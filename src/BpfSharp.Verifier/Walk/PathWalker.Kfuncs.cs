using BpfSharp.Btf;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Objects;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

/// <remarks>Kernel functions: prototypes come from BTF, whose names and suffixes say what an argument must be.</remarks>
internal sealed partial class PathWalker
{
    /// <summary>What the arguments of the kernel function at hand turned out to be.</summary>
    private struct KfuncFacts
    {
        public long Constant;
        public bool HasConstant;
        public int BufferSize;
        public bool BufferIsReadOnly;
        public bool HasBufferSize;
        public int ReferenceId;
        public int ReleasedRegister;
        public int ObjectType;
        public bool OwnsObject;
        public SpecialField? Root;
        public RegisterState Dynptr;
        public FrameState? NewDynptrFrame;
        public int NewDynptrSlot;
        public FrameState? IteratorFrame;
        public int IteratorSlot;
        public int Function;
        public MapInfo? Map;
        public RegisterState Field;
        public FrameState? IrqFrame;
        public int IrqSlot;
    }

    private static readonly string[] s_allowedUnderLock =
    [
        "bpf_list_push_front_impl", "bpf_list_push_back_impl", "bpf_list_pop_front", "bpf_list_pop_back", "bpf_list_front",
        "bpf_list_back", "bpf_rbtree_add_impl", "bpf_rbtree_remove", "bpf_rbtree_first", "bpf_rbtree_root", "bpf_rbtree_left",
        "bpf_rbtree_right", "bpf_iter_num_new", "bpf_iter_num_next", "bpf_iter_num_destroy", "bpf_res_spin_lock",
        "bpf_res_spin_unlock", "bpf_res_spin_lock_irqsave", "bpf_res_spin_unlock_irqrestore", "bpf_refcount_acquire_impl",
        "bpf_throw",
    ];

    private bool CheckKfuncCall(in DecodedInstruction insn)
    {
        string name = _program.KfuncName(insn);
        int flavour = name.IndexOf("___", StringComparison.Ordinal);
        name = flavour > 0 ? name[..flavour] : name;
        if (IsUnresolved((int)insn.Imm))
        {
            // A host leaves such a call where it is; only unreached ones are harmless.
            _unresolvedCall = _unresolvedCall < 0 ? _slot : _unresolvedCall;
            return true;
        }

        if (KfuncTable.Find(name) is not { } info)
        {
            throw Reject(
                FindingIds.CallNotAllowed, $"kernel function '{name}' is not known or may not be called",
                "check that the kernel has it, or call it only where bpf_ksym_exists says so");
        }

        bool lacksDevice = name.StartsWith("bpf_xdp_metadata_rx_", StringComparison.Ordinal)
            && (_program.Spec.Flags & ProgramFlags.XdpDeviceBoundOnly) == 0;
        if (name == "__bpf_trap")
        {
            throw Reject(
                FindingIds.Uninitialised, "the compiler put a trap here: what comes before uses a variable that never got a value",
                "look for compiler warnings on uninitialised variables or undefined behaviour in this function");
        }

        bool lacksSession = name is "bpf_session_is_return" or "bpf_session_cookie"
            && _program.Spec.AttachType is not (AttachType.TraceKprobeSession or AttachType.TraceUprobeSession);
        bool lacksIterator = name == "bpf_sock_destroy" && _program.Spec.AttachType != AttachType.TraceIter;
        if (!info.Allows(_program.Type) || lacksDevice || lacksSession || lacksIterator)
        {
            throw Reject(FindingIds.CallNotAllowed, $"kernel function {name} is not for programs of type {_program.Type}");
        }

        if (_state.ActiveLocks > 0 && !s_allowedUnderLock.Contains(name))
        {
            throw Reject(FindingIds.Section, $"{name} is called while a lock is held", "unlock first");
        }

        BtfType prototype = PrototypeOf(insn, name);
        KfuncFacts facts = default;
        CheckKfuncArguments(name, info, prototype, ref facts);
        CheckSections(name, info);
        if (name is "bpf_rbtree_add_impl")
        {
            // Forked before the object is given away: the comparison comes back to this very call.
            StartComparison(facts);
        }

        if (info.Has(KfuncTraits.Releases))
        {
            if (facts.ReleasedRegister == 0)
            {
                throw Reject(FindingIds.Reference, $"{name} needs an argument that holds a reference");
            }

            ReleaseReference(_frame.Registers[facts.ReleasedRegister].RefId);
        }

        GraphInsert(name, facts);
        if (name == "bpf_throw")
        {
            ThrowNow();
            return false;
        }

        if (name == "bpf_wq_set_callback_impl")
        {
            StartLater(new CallFacts { Function = facts.Function, HasFunction = true });
        }

        return FinishKfunc(name, info, prototype, facts);
    }

    private BtfType PrototypeOf(in DecodedInstruction insn, string name)
    {
        if (_program.Options.KernelTypes is { } types)
        {
            int id = types.Find(name, BtfKind.Function);
            if (id != 0)
            {
                return types[types[id].TypeId];
            }

            throw Reject(FindingIds.CallNotAllowed, $"the kernel has no function '{name}'");
        }

        ExternSpec declared = _program.Object.Externs[(int)insn.Imm];
        if (_program.Object.Btf is { } own && declared.BtfTypeId != 0)
        {
            BtfType function = own[declared.BtfTypeId];
            return own[function.TypeId];
        }

        throw new NotModelledException(_slot, $"the kernel function {name} without a prototype");
    }

    private void CheckSections(string name, KfuncInfo info)
    {
        bool sleeps = info.Has(KfuncTraits.MaySleep);
        if (sleeps && !_state.Sleepable)
        {
            throw Reject(FindingIds.Sleeps, $"{name} may sleep, the program may not", "make the program sleepable");
        }

        switch (name)
        {
            case "bpf_rcu_read_lock":
                _state.RcuDepth++;
                return;
            case "bpf_rcu_read_unlock":
                if (_state.RcuDepth == 0)
                {
                    throw Reject(FindingIds.Section, "bpf_rcu_read_unlock without bpf_rcu_read_lock");
                }

                if (--_state.RcuDepth == 0)
                {
                    ForEachRegister(_state, (ref RegisterState register) =>
                    {
                        if (register.Is(RegisterFlags.Rcu))
                        {
                            register.Flags &= ~(RegisterFlags.Rcu | RegisterFlags.MaybeNull);
                            register.Flags |= RegisterFlags.Untrusted;
                        }
                    });
                }

                return;
            case "bpf_preempt_disable":
                _state.PreemptDepth++;
                return;
            case "bpf_preempt_enable":
                if (_state.PreemptDepth == 0)
                {
                    throw Reject(FindingIds.Section, "bpf_preempt_enable without bpf_preempt_disable");
                }

                _state.PreemptDepth--;
                return;
            default:
                break;
        }

        if (sleeps && _state.RcuDepth > 0)
        {
            throw Reject(FindingIds.Sleeps, $"{name} may sleep: not inside an RCU read section");
        }

        if (sleeps && (_state.PreemptDepth > 0 || _state.ActiveIrq != 0))
        {
            throw Reject(FindingIds.Sleeps, $"{name} may sleep: not while preemption or interrupts are off");
        }

        if (info.Has(KfuncTraits.NeedsRcu) && !InRcuSection)
        {
            throw Reject(FindingIds.Protocol, $"{name} needs an RCU read section", "call bpf_rcu_read_lock first");
        }
    }

    private bool FinishKfunc(string name, KfuncInfo info, BtfType prototype, in KfuncFacts facts)
    {
        if (name.StartsWith("bpf_res_spin_", StringComparison.Ordinal))
        {
            FinishResilientLock(name, facts);
            return true;
        }

        if (info.Has(KfuncTraits.IteratorNext))
        {
            StepIterator(facts);
        }

        RegisterState result = info.Has(KfuncTraits.IteratorNext) ? RegisterState.Const(0) : KfuncResult(name, info, prototype, facts);
        ClearCallerSaved(_frame);
        result.Origin = _slot;
        Reg(Register.R0) = result;
        if (info.Has(KfuncTraits.IteratorNew))
        {
            MakeIterator(prototype, info, facts);
        }
        else if (info.Has(KfuncTraits.IteratorDestroy))
        {
            EndIterator(facts);
        }

        if (facts.NewDynptrFrame is { } frame)
        {
            MakeKfuncDynptr(name, frame, facts);
        }

        if (facts.IrqFrame is not null)
        {
            ToggleIrq(name, facts);
        }

        if (name == "bpf_xdp_pull_data")
        {
            ForgetPackets();
        }

        return true;
    }
}
