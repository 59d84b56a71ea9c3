using BpfSharp.Btf;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Verifier.Domains;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

/// <remarks>What each parameter of a kernel function asks of its argument.</remarks>
internal sealed partial class PathWalker
{
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
}
