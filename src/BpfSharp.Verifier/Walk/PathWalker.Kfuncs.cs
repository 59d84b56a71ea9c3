using BpfSharp.Btf;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Objects;
using BpfSharp.Verifier.Domains;
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

    private void CheckKfuncArguments(string name, KfuncInfo info, BtfType prototype, ref KfuncFacts facts)
    {
        BtfFile types = prototype.File;
        BtfList<BtfParameter> parameters = prototype.Parameters;
        for (int i = 0; i < parameters.Count && i < 5; i++)
        {
            Register register = (Register)(i + 1);
            BtfParameter parameter = parameters[i];
            string parameterName = parameter.Name;
            if (parameterName.EndsWith("__ign", StringComparison.Ordinal) || parameterName.EndsWith("__prog", StringComparison.Ordinal))
            {
                continue;
            }

            RequireReadable(register);
            RegisterState value = Reg(register);
            string argument = $"argument {i + 1} ('{parameterName}') of {name}";
            BtfType type = types.SkipModifiers(parameter.TypeId);
            if (type.Kind is BtfKind.Int || type.IsEnum)
            {
                CheckNumber(argument, parameterName, value, register, ref facts);
                continue;
            }

            if (type.Kind != BtfKind.Pointer)
            {
                throw new NotModelledException(_slot, $"{argument}");
            }

            bool nullable = parameterName.EndsWith("__nullable", StringComparison.Ordinal) || parameterName.EndsWith("__opt", StringComparison.Ordinal);
            bool trusted = info.Has(KfuncTraits.TrustedArguments) || info.Has(KfuncTraits.RcuArguments);
            if (trusted && (value.IsNull || value.MaybeNull) && !nullable)
            {
                throw Reject(FindingIds.MaybeNull, $"{argument} is {Describe(value)}, which may be null", "compare it with 0 first");
            }

            if (value.RefId != 0 && value.Kind != RegisterKind.Stack)
            {
                if (facts.ReferenceId != 0 && info.Has(KfuncTraits.Releases))
                {
                    throw Reject(FindingIds.Reference, $"{argument}: more than one argument holds a reference");
                }

                facts.ReferenceId = value.RefId;
                if (info.Has(KfuncTraits.Releases))
                {
                    facts.ReleasedRegister = i + 1;
                }
            }

            if (nullable && value.IsNull)
            {
                if (i + 1 < parameters.Count && IsSizeName(parameters[i + 1].Name))
                {
                    CheckOptionalSize(parameters[i + 1].Name, ref facts, i + 2);
                    i++;
                }

                continue;
            }

            BtfType target = types.SkipModifiers(type.TypeId);
            bool sized = i + 1 < parameters.Count && IsSizeName(parameters[i + 1].Name);
            CheckPointer(name, info, argument, parameterName, type, target, value, register, sized, sized ? parameters[i + 1].Name : "", i, ref facts);
            if (sized)
            {
                i++;
            }
        }
    }

    private static bool IsSizeName(string name) =>
        name.EndsWith("__sz", StringComparison.Ordinal) || name.EndsWith("__szk", StringComparison.Ordinal);

    private void CheckOptionalSize(string sizeName, ref KfuncFacts facts, int register)
    {
        RegisterState size = _frame.Registers[register];
        if (sizeName.EndsWith("__szk", StringComparison.Ordinal))
        {
            if (!size.IsConstScalar)
            {
                throw Reject(FindingIds.Argument, $"r{register} must be a constant");
            }

            MarkPrecise((Register)register);
            facts.HasConstant = true;
            facts.Constant = (long)size.Range.ConstValue;
        }
    }

    private void CheckNumber(string argument, string name, in RegisterState value, Register register, ref KfuncFacts facts)
    {
        if (!value.IsScalar)
        {
            throw Reject(FindingIds.Argument, $"{argument} is {Describe(value)}; a number is expected");
        }

        bool isConstant = name.EndsWith("__k", StringComparison.Ordinal);
        bool isBuffer = name is "rdonly_buf_size" or "rdwr_buf_size";
        if (!isConstant && !isBuffer)
        {
            return;
        }

        if (!value.Range.IsConst)
        {
            throw Reject(FindingIds.Argument, $"{argument} must be a constant; it is {value.Range}");
        }

        MarkPrecise(register);
        if (isConstant)
        {
            facts.HasConstant = true;
            facts.Constant = (long)value.Range.ConstValue;
        }
        else
        {
            facts.HasBufferSize = true;
            facts.BufferSize = (int)Math.Min(value.Range.ConstValue, int.MaxValue);
            facts.BufferIsReadOnly = name == "rdonly_buf_size";
        }
    }

    private void CheckPointer(
        string name, KfuncInfo info, string argument, string parameterName, BtfType pointerType, BtfType target,
        in RegisterState value, Register register, bool sized, string sizeName, int index, ref KfuncFacts facts)
    {
        string structure = target.Name;
        bool uninit = parameterName.EndsWith("__uninit", StringComparison.Ordinal);
        if ((info.Traits & (KfuncTraits.IteratorNew | KfuncTraits.IteratorNext | KfuncTraits.IteratorDestroy)) != 0 && index == 0)
        {
            CheckIterator(argument, info, target, value, ref facts);
        }
        else if (parameterName.EndsWith("__irq_flag", StringComparison.Ordinal))
        {
            CheckIrqFlag(argument, name, value, ref facts);
        }
        else if (IsKernelContext(structure, name, value) && (value.Kind == RegisterKind.Context || !structure.EndsWith("_kern", StringComparison.Ordinal)))
        {
            RequireArgument(argument, value, value.Kind == RegisterKind.Context || (structure is "sk_buff" or "__sk_buff" && IsTypedAs(value, "sk_buff")), "the context");
            if (value.Offset != 0 && value.Kind == RegisterKind.Context)
            {
                throw Reject(FindingIds.Argument, $"{argument} is a moved context pointer");
            }
        }
        else if (name is "bpf_obj_drop_impl" or "bpf_percpu_obj_drop_impl" && index == 0)
        {
            bool perCpu = name == "bpf_percpu_obj_drop_impl";
            RequireArgument(
                argument, value,
                value.Kind == RegisterKind.BtfPointer && value.Is(RegisterFlags.Allocated) && value.Is(RegisterFlags.PerCpu) == perCpu
                    && !value.Is(RegisterFlags.NonOwning) && !value.MaybeNull,
                "an allocated object");
            if (value.RefId == 0)
            {
                throw Reject(FindingIds.Reference, $"{argument} is not owned");
            }

            RequireUnmovedObject(argument, value);
        }
        else if (structure is "bpf_dynptr" or "bpf_dynptr_kern")
        {
            CheckKfuncDynptr(argument, value, uninit, ref facts);
        }
        else if (structure is "bpf_list_head" or "bpf_rb_root")
        {
            CheckRoot(argument, value, structure == "bpf_list_head" ? SpecialFieldKind.ListHead : SpecialFieldKind.TreeRoot, ref facts);
        }
        else if (structure is "bpf_list_node" or "bpf_rb_node")
        {
            CheckNode(argument, name, value, structure == "bpf_rb_node", ref facts);
        }
        else if (parameterName.EndsWith("__refcounted_kptr", StringComparison.Ordinal))
        {
            RequireArgument(argument, value, value.Kind == RegisterKind.BtfPointer && value.Is(RegisterFlags.Allocated), "an allocated object");
            if (FieldsOf(value).Find(SpecialFieldKind.RefCount) is null)
            {
                throw Reject(FindingIds.Argument, $"{argument}: the object has no bpf_refcount");
            }

            facts.ObjectType = value.Object;
            facts.OwnsObject = value.RefId != 0 && !value.Is(RegisterFlags.NonOwning);
        }
        else if (parameterName.EndsWith("__str", StringComparison.Ordinal))
        {
            RequireConstantText(argument, value);
        }
        else if (structure == "bpf_wq")
        {
            RequireField(argument, value, SpecialFieldKind.WorkQueue);
            facts.Field = value;
        }
        else if (structure == "bpf_task_work")
        {
            RequireField(argument, value, SpecialFieldKind.TaskWork);
            facts.Field = value;
        }
        else if (structure == "bpf_res_spin_lock")
        {
            RequireField(argument, value, SpecialFieldKind.ResilientSpinLock);
            facts.Field = value;
        }
        else if (parameterName.EndsWith("__map", StringComparison.Ordinal) || (structure == "bpf_map" && value.Kind == RegisterKind.MapPointer))
        {
            RequireArgument(argument, value, value.Kind == RegisterKind.MapPointer || IsTypedAs(value, "bpf_map"), "a map");
            if (value.Kind == RegisterKind.MapPointer)
            {
                facts.Map = _program.Maps[value.Object];
                if (facts.Field.Kind == RegisterKind.MapValue && facts.Field.Object != value.Object)
                {
                    throw Reject(FindingIds.SpecialField, $"{argument}: the field lies in another map");
                }
            }
            else if (!IsTrusted(value) && !(info.Has(KfuncTraits.RcuArguments) && IsRcu(value)))
            {
                throw Reject(FindingIds.Argument, $"{argument} is {Describe(value)}, which may dangle");
            }
        }
        else if (target.Kind == BtfKind.FunctionPrototype)
        {
            RequireArgument(argument, value, value.Kind == RegisterKind.Function, "a function");
            facts.Function = value.Object;
        }
        else if (value.Kind == RegisterKind.BtfPointer || (value.Kind != RegisterKind.MapPointer && TypeIdOf(value) != 0))
        {
            // A typed pointer is for its own type only, never plain memory.
            RequireArgument(argument, value, target.Kind is BtfKind.Struct or BtfKind.Union, "plain memory");
            CheckTypedArgument(info, argument, target, value);
        }
        else if (sized)
        {
            CheckSized(argument, name, value, register, sizeName, ref facts);
        }
        else
        {
            CheckFixedMemory(info, argument, pointerType, target, value);
        }
    }

    private static readonly (string Name, string Kernel)[] s_kernelContexts =
    [
        ("__sk_buff", "sk_buff"), ("xdp_md", "xdp_buff"), ("bpf_sock_addr", "bpf_sock_addr_kern"), ("bpf_sock_ops", "bpf_sock_ops_kern"),
        ("bpf_sockopt", "bpf_sockopt_kern"), ("bpf_sysctl", "bpf_sysctl_kern"), ("sk_msg_md", "sk_msg"),
        ("sk_reuseport_md", "sk_reuseport_kern"), ("bpf_sk_lookup", "bpf_sk_lookup_kern"), ("bpf_nf_ctx", "bpf_nf_ctx"),
    ];

    private bool IsKernelContext(string structure, string function, in RegisterState value)
    {
        if (function == "bpf_cast_to_kern_ctx")
        {
            return true;
        }

        foreach ((string name, string kernel) in s_kernelContexts)
        {
            if (structure == name)
            {
                return _program.TypeInfo?.Context == name || (name == "__sk_buff" && IsTypedAs(value, "sk_buff"));
            }

            if (structure == kernel && kernel.EndsWith("_kern", StringComparison.Ordinal) && _program.TypeInfo?.Context == name)
            {
                return true;
            }
        }

        return false;
    }

    private void RequireUnmovedObject(string argument, in RegisterState value)
    {
        if (value.Offset != 0 || !value.Range.IsConst || value.Range.ConstValue != 0)
        {
            throw Reject(FindingIds.Argument, $"{argument} is {Describe(value)} moved by {value.Offset}; it must point to the object's start");
        }
    }

    private void CheckTypedArgument(KfuncInfo info, string argument, BtfType target, in RegisterState value)
    {
        bool needsTrust = info.Has(KfuncTraits.TrustedArguments);
        bool needsRcu = info.Has(KfuncTraits.RcuArguments);
        bool isTrusted = IsTrusted(value) || value.Kind == RegisterKind.MapPointer;
        if ((needsTrust || needsRcu) && !isTrusted && !(needsRcu && IsRcu(value)))
        {
            throw Reject(
                FindingIds.Argument, $"{argument} is {Describe(value)}, which may dangle",
                "pass a pointer the hook gave, or one that was acquired");
        }

        if (value.MaybeNull)
        {
            throw Reject(FindingIds.MaybeNull, $"{argument} is {Describe(value)}, which may be null", "compare it with 0 first");
        }

        if ((value.Flags & (RegisterFlags.Untrusted | RegisterFlags.User | RegisterFlags.PerCpu)) != 0)
        {
            throw Reject(FindingIds.Argument, $"{argument} is {Describe(value)}, which may not be passed");
        }

        if (value.Is(RegisterFlags.Allocated))
        {
            throw Reject(FindingIds.Argument, $"{argument} is {Describe(value)}; a pointer to {target.Name} is expected");
        }

        BtfFile types = KernelTypes;
        int wanted = target.File == types ? target.Id : KernelTypeId(target.Name);
        bool strict = info.Has(KfuncTraits.Releases) && value.RefId != 0;
        if (wanted == 0 || !TypeAccess.Holds(types, TypeIdOf(value), value.Offset, wanted, strict))
        {
            throw Reject(FindingIds.Argument, $"{argument} is {Describe(value)}; a pointer to {target.Name} is expected");
        }
    }

    private void CheckFixedMemory(KfuncInfo info, string argument, BtfType pointerType, BtfType target, in RegisterState value)
    {
        _ = info;
        BtfFile types = target.File;
        if (target.Id == 0 || !types.TrySizeOf(target.Id, out int size))
        {
            // void *: an address without bounds is any pointer.
            RequireArgument(argument, value, value.IsPointer || value.IsScalar, "a pointer");
            return;
        }

        if (target.Kind is BtfKind.Struct or BtfKind.Union && !IsPlainStructure(types, target, 0))
        {
            RequireArgument(argument, value, false, $"a pointer to {target.Name}");
        }

        if (value.MaybeNull)
        {
            throw Reject(FindingIds.MaybeNull, $"{argument} is {Describe(value)}, which may be null", "compare it with 0 first");
        }

        bool isContext = value.Kind == RegisterKind.Context && _program.Type == ProgramType.Syscall;
        RequireArgument(argument, value, IsPlainMemory(value) || isContext, "memory");
        bool isConst = types[pointerType.TypeId].Kind == BtfKind.Const;
        UsePlainMemory(argument, value, size, true, !isConst, false);
    }

    private static bool IsPlainStructure(BtfFile types, BtfType type, int depth)
    {
        BtfList<BtfMember> members = type.Members;
        for (int i = 0; i < members.Count; i++)
        {
            BtfType member = types.SkipModifiers(members[i].TypeId);
            while (member.Kind == BtfKind.Array)
            {
                member = types.SkipModifiers(member.TypeId);
            }

            if (member.Kind is BtfKind.Struct or BtfKind.Union)
            {
                if (depth > 4 || !IsPlainStructure(types, member, depth + 1))
                {
                    return false;
                }
            }
            else if (member.Kind != BtfKind.Int && !member.IsEnum)
            {
                return false;
            }
        }

        return true;
    }

    private void CheckSized(string argument, string name, in RegisterState value, Register register, string sizeName, ref KfuncFacts facts)
    {
        Register sizeRegister = register + 1;
        RequireReadable(sizeRegister);
        RegisterState size = Reg(sizeRegister);
        RequireArgument($"the size of {argument}", size, size.IsScalar, "a number");
        ref readonly ScalarRange range = ref size.Range;
        if (range.SMin < 0)
        {
            throw Reject(FindingIds.MemoryBounds, $"the size of {argument} may be negative ({range})");
        }

        if (range.UMax >= MaxOffset)
        {
            throw Reject(FindingIds.MemoryBounds, $"the size of {argument} has no upper bound ({range})", "mask or compare it first");
        }

        if (value.MaybeNull)
        {
            throw Reject(FindingIds.MaybeNull, $"{argument} is {Describe(value)}, which may be null", "compare it with 0 first");
        }

        _ = name;
        UsePlainMemory(argument, value, (int)range.UMax, true, true, true);
        MarkPrecise(sizeRegister);
        if (sizeName.EndsWith("__szk", StringComparison.Ordinal))
        {
            if (!range.IsConst)
            {
                throw Reject(FindingIds.Argument, $"the size of {argument} must be a constant");
            }

            facts.HasConstant = true;
            facts.Constant = (long)range.ConstValue;
        }
    }

    private void RequireConstantText(string argument, in RegisterState value)
    {
        RequireArgument(argument, value, value.Kind == RegisterKind.MapValue, "a constant string");
        MapInfo map = _program.Maps[value.Object];
        if (!map.IsFrozen || !value.Range.IsConst)
        {
            throw Reject(FindingIds.Argument, $"{argument} must be a string in read-only data");
        }

        long at = value.Offset + (long)value.Range.ConstValue;
        ReadOnlySpan<byte> data = map.Spec.InitialData;
        if (at < 0 || at >= data.Length || data[(int)at..].IndexOf((byte)0) < 0)
        {
            throw Reject(FindingIds.Argument, $"{argument} is not a zero-terminated string");
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

    private RegisterState KfuncResult(string name, KfuncInfo info, BtfType prototype, in KfuncFacts facts)
    {
        BtfFile types = prototype.File;
        BtfType type = types.SkipModifiers(prototype.TypeId);
        if (type.Id == 0)
        {
            return RegisterState.NotInit;
        }

        if (type.Kind != BtfKind.Pointer)
        {
            return RegisterState.UnknownScalar;
        }

        BtfType target = types.SkipModifiers(type.TypeId);
        RegisterState result = SpecialResult(name, target, info, facts);
        if (info.Has(KfuncTraits.MayReturnNull) && !(name == "bpf_refcount_acquire_impl" && facts.OwnsObject))
        {
            result.Flags |= RegisterFlags.MaybeNull;
            result.Id = NextId();
        }

        if (info.Has(KfuncTraits.Acquires))
        {
            int id = AcquireReference();
            result.RefId = id;
            if (result.MaybeNull)
            {
                result.Id = id;
            }
        }
        else if (name is "bpf_rbtree_first" or "bpf_rbtree_root" or "bpf_rbtree_left" or "bpf_rbtree_right" or "bpf_list_front" or "bpf_list_back")
        {
            result.Flags |= RegisterFlags.NonOwning;
        }

        if (name is "bpf_dynptr_slice" or "bpf_dynptr_slice_rdwr")
        {
            result.RefId = facts.Dynptr.RefId != 0 ? facts.Dynptr.RefId : facts.Dynptr.Id;
        }

        if (!result.MaybeNull && MayHoldLock(result) && result.Id == 0)
        {
            result.Id = NextId();
        }

        return result;
    }

    private RegisterState SpecialResult(string name, BtfType target, KfuncInfo info, in KfuncFacts facts)
    {
        RegisterState result;
        switch (name)
        {
            case "bpf_obj_new_impl" or "bpf_percpu_obj_new_impl":
                return NewObject(name, facts);
            case "bpf_refcount_acquire_impl":
                result = RegisterState.Pointer(RegisterKind.BtfPointer, RegisterFlags.Allocated);
                result.Object = facts.ObjectType;
                return result;
            case "bpf_list_pop_front" or "bpf_list_pop_back" or "bpf_list_front" or "bpf_list_back" or "bpf_rbtree_remove"
                or "bpf_rbtree_first" or "bpf_rbtree_root" or "bpf_rbtree_left" or "bpf_rbtree_right":
                SpecialField root = facts.Root ?? default;
                result = RegisterState.Pointer(RegisterKind.BtfPointer, RegisterFlags.Allocated);
                result.Object = root.TypeId;
                result.Offset = root.NodeOffset;
                return result;
            case "bpf_cast_to_kern_ctx":
                result = RegisterState.Pointer(RegisterKind.BtfPointer, RegisterFlags.Trusted);
                result.Object = KernelTypeId(KernelContextName());
                return result.Object != 0 ? result : throw Reject(
                    FindingIds.CallNotAllowed, $"the context of programs of type {_program.Type} is no structure of the kernel");
            case "bpf_rdonly_cast":
                return ReadOnlyCast(facts);
            case "bpf_dynptr_slice" or "bpf_dynptr_slice_rdwr":
                result = RegisterState.Pointer(RegisterKind.Memory);
                result.Extra = (int)Math.Min(facts.Constant, int.MaxValue);
                DynptrKind kind = (DynptrKind)facts.Dynptr.Object;
                bool isPacket = kind is DynptrKind.SocketBuffer or DynptrKind.Xdp or DynptrKind.SocketBufferMeta;
                result.Flags |= isPacket ? RegisterFlags.DynptrSlice : RegisterFlags.None;
                if (name == "bpf_dynptr_slice" || facts.Dynptr.Is(RegisterFlags.ReadOnly))
                {
                    result.Flags |= RegisterFlags.ReadOnly;
                }

                // The kernel asks the program type whatever the dynptr is of.
                bool asks = isPacket || _program.Options.Mode != VerifierMode.InProcess;
                if (name == "bpf_dynptr_slice_rdwr" && (facts.Dynptr.Is(RegisterFlags.ReadOnly)
                    || (asks && (_program.TypeInfo?.Traits & ProgramTypeTraits.WritesPacket) == 0)))
                {
                    throw Reject(FindingIds.ReadOnly, "the dynptr is read-only here", "use bpf_dynptr_slice");
                }

                return result;
            default:
                break;
        }

        if (target.Kind is BtfKind.Struct or BtfKind.Union)
        {
            result = RegisterState.Pointer(RegisterKind.BtfPointer);
            result.Object = target.Id;
            bool isRcu = info.Has(KfuncTraits.IteratorNext) && facts.IteratorFrame is { } frame
                && frame.Stack[facts.IteratorSlot].Spilled.Is(RegisterFlags.Rcu);
            result.Flags |= name == "bpf_get_kmem_cache" ? RegisterFlags.Untrusted : isRcu ? RegisterFlags.Rcu
                : info.Has(KfuncTraits.IteratorNext) ? RegisterFlags.Trusted : RegisterFlags.None;
            return result;
        }

        result = RegisterState.Pointer(RegisterKind.Memory);
        if (facts.HasBufferSize)
        {
            result.Extra = facts.BufferSize;
            result.Flags |= facts.BufferIsReadOnly ? RegisterFlags.ReadOnly : RegisterFlags.None;
        }
        else
        {
            result.Extra = target.Id == 0 ? 0 : target.File.SizeOf(target.Id);
            result.Flags |= RegisterFlags.ReadOnly;
        }

        if (name == "bpf_session_cookie")
        {
            result.Flags = RegisterFlags.None;
        }

        if (name is "bpf_arena_alloc_pages")
        {
            return RegisterState.UnknownScalar;
        }

        return result;
    }

    private string KernelContextName()
    {
        string? context = _program.TypeInfo?.Context;
        foreach ((string name, string kernel) in s_kernelContexts)
        {
            if (name == context)
            {
                return kernel;
            }
        }

        return context ?? "";
    }

    private RegisterState NewObject(string name, in KfuncFacts facts)
    {
        int typeId = (int)facts.Constant;
        if (_program.Object.Btf is not { } btf || !btf.Contains(typeId) || btf.SkipModifiers(typeId).Kind != BtfKind.Struct)
        {
            throw Reject(FindingIds.Protocol, $"{name}: type {typeId} is not a structure of the object");
        }

        BtfType type = btf.SkipModifiers(typeId);
        RegisterState result = RegisterState.Pointer(RegisterKind.BtfPointer, RegisterFlags.Allocated);
        if (name == "bpf_percpu_obj_new_impl")
        {
            const int LargestPerCpuObject = 512;
            if (type.Size > LargestPerCpuObject)
            {
                throw Reject(FindingIds.Argument, $"a per-CPU object of {type.Size} bytes; allowed are {LargestPerCpuObject}");
            }

            if (FieldFinder.InObjects(btf, type.Id, _program.Options.KernelTypes).All.Length > 0)
            {
                throw Reject(FindingIds.Argument, "per-CPU objects hold numbers only");
            }

            result.Flags |= RegisterFlags.PerCpu;
        }

        result.Object = type.Id;
        return result;
    }

    private RegisterState ReadOnlyCast(in KfuncFacts facts)
    {
        BtfFile types = KernelTypes;
        int id = (int)facts.Constant;
        if (!types.Contains(id))
        {
            throw Reject(FindingIds.Argument, $"bpf_rdonly_cast: the kernel has no type {id}");
        }

        BtfType type = types.SkipModifiers(id);
        if (type.Id == 0)
        {
            RegisterState memory = RegisterState.Pointer(RegisterKind.Memory, RegisterFlags.ReadOnly | RegisterFlags.Untrusted);
            return memory;
        }

        if (type.Kind is not (BtfKind.Struct or BtfKind.Union))
        {
            throw Reject(FindingIds.Protocol, "bpf_rdonly_cast: only structures");
        }

        RegisterState result = RegisterState.Pointer(RegisterKind.BtfPointer, RegisterFlags.Untrusted);
        result.Object = type.Id;
        return result;
    }

    private void CheckKfuncDynptr(string argument, in RegisterState value, bool uninit, ref KfuncFacts facts)
    {
        if (value.Kind == RegisterKind.Dynptr)
        {
            if (uninit)
            {
                throw Reject(FindingIds.Protocol, $"{argument} is the callback's dynptr, which may not be made");
            }

            facts.Dynptr = value;
            return;
        }

        RequireArgument(argument, value, value.Kind == RegisterKind.Stack, "a dynptr on the stack");
        if (uninit)
        {
            (facts.NewDynptrFrame, facts.NewDynptrSlot) = NewDynptrPlace(argument, value);
            return;
        }

        (FrameState frame, int slot) = FindDynptr(argument, value);
        facts.Dynptr = frame.Stack[slot].Spilled;
    }

    private void MakeKfuncDynptr(string name, FrameState frame, in KfuncFacts facts)
    {
        int lower = facts.NewDynptrSlot;
        DestroyDynptrAt(frame, lower);
        DestroyDynptrAt(frame, lower - 1);
        RegisterState state = RegisterState.Pointer(RegisterKind.Dynptr);
        state.Id = NextId();
        switch (name)
        {
            case "bpf_dynptr_from_skb":
                state.Object = (int)DynptrKind.SocketBuffer;
                break;
            case "bpf_dynptr_from_skb_meta":
                state.Object = (int)DynptrKind.SocketBufferMeta;
                break;
            case "bpf_dynptr_from_xdp":
                state.Object = (int)DynptrKind.Xdp;
                break;
            case "bpf_dynptr_clone":
                state.Object = facts.Dynptr.Object;
                state.RefId = facts.Dynptr.RefId;
                state.Flags = facts.Dynptr.Flags;
                break;
            default:
                throw new NotModelledException(_slot, $"the dynptr {name} makes");
        }

        PlaceDynptr(frame, lower, state);
    }

}
