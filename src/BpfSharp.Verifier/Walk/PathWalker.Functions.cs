using BpfSharp.Btf;
using BpfSharp.Hooks;
using BpfSharp.Verifier.ControlFlow;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

/// <remarks>Global functions: checked once by their BTF prototype and declaration tags, whoever calls them.</remarks>
internal sealed partial class PathWalker
{
    private enum ParameterKind : byte
    {
        Number,
        Context,
        Memory,
        Dynptr,
        Arena,
        Trusted,
        Untrusted,
        NotSupported,
    }

    private readonly record struct Parameter(ParameterKind Kind, int Size, bool MaybeNull, int KernelType);

    private readonly Dictionary<int, Parameter[]> _parameters = [];

    private Parameter[] ParametersOf(FunctionInfo function)
    {
        if (_parameters.TryGetValue(function.Start, out Parameter[]? known))
        {
            return known;
        }

        if (_program.Object.Btf is not { } btf || function.BtfTypeId == 0)
        {
            throw new NotModelledException(_slot, "a global function without BTF");
        }

        BtfType prototype = btf[btf[function.BtfTypeId].TypeId];
        BtfList<BtfParameter> list = prototype.Parameters;
        if (list.Count > 5)
        {
            throw Reject(FindingIds.Argument, $"{function.Name} has {list.Count} parameters; allowed are 5");
        }

        Parameter[] parameters = new Parameter[list.Count];
        for (int i = 0; i < parameters.Length; i++)
        {
            parameters[i] = ParameterOf(btf, function, list[i], i);
        }

        return _parameters[function.Start] = parameters;
    }

    private Parameter ParameterOf(BtfFile btf, FunctionInfo function, BtfParameter parameter, int index)
    {
        HashSet<string> tags = TagsOf(btf, function.BtfTypeId, index);
        BtfType type = btf.SkipModifiers(parameter.TypeId);
        if (type.Kind is BtfKind.Int || type.IsEnum)
        {
            return new(ParameterKind.Number, 0, false, 0);
        }

        if (type.Kind != BtfKind.Pointer)
        {
            throw Reject(FindingIds.Argument, $"parameter {index + 1} of {function.Name} is neither a number nor a pointer");
        }

        BtfType target = btf.SkipModifiers(type.TypeId);
        if (tags.Contains("arena"))
        {
            return new(ParameterKind.Arena, 0, false, 0);
        }

        if (tags.Contains("ctx") || IsContextType(target))
        {
            return new(ParameterKind.Context, 0, false, 0);
        }

        if (target.Name is "bpf_dynptr" or "bpf_dynptr_kern")
        {
            return new(ParameterKind.Dynptr, 0, false, 0);
        }

        if (tags.Contains("trusted") || tags.Contains("untrusted"))
        {
            if (tags.Contains("untrusted") && target.Kind is not (BtfKind.Struct or BtfKind.Union))
            {
                return new(ParameterKind.Untrusted, btf.SizeOf(target.Id), false, 0);
            }

            if (!TryKernelType(target.Id, out int kernelType))
            {
                throw Reject(FindingIds.Argument, $"parameter {index + 1} of {function.Name}: the kernel has no type '{target.Name}'");
            }

            return new(
                tags.Contains("trusted") ? ParameterKind.Trusted : ParameterKind.Untrusted, 0, tags.Contains("nullable"), kernelType);
        }

        if (!btf.TrySizeOf(target.Id, out int size) || size == 0)
        {
            throw Reject(FindingIds.Argument, $"parameter {index + 1} of {function.Name} points to something of unknown size");
        }

        return new(ParameterKind.Memory, size, !tags.Contains("nonnull"), 0);
    }

    private static HashSet<string> TagsOf(BtfFile btf, int functionId, int index)
    {
        HashSet<string> tags = [];
        for (int id = 1; id < btf.Count; id++)
        {
            BtfType tag = btf[id];
            if (tag.Kind == BtfKind.DeclarationTag && tag.TypeId == functionId && tag.ComponentIndex == index
                && tag.Name.StartsWith("arg:", StringComparison.Ordinal))
            {
                tags.Add(tag.Name[4..]);
            }
        }

        return tags;
    }

    private bool IsContextType(BtfType target)
    {
        string name = target.Name;
        string? context = _program.TypeInfo?.Context;
        if (context is not null && name == context && name.Length > 0)
        {
            return true;
        }

        return _program.Type switch
        {
            ProgramType.Kprobe => name is "pt_regs" or "user_pt_regs" or "bpf_user_pt_regs_t",
            ProgramType.PerfEvent => name == "bpf_perf_event_data",
            ProgramType.RawTracepoint or ProgramType.RawTracepointWritable => name == "bpf_raw_tracepoint_args",
            ProgramType.Unspecified or ProgramType.SocketFilter or ProgramType.SchedCls or ProgramType.SchedAct
                or ProgramType.Tracepoint or ProgramType.Xdp or ProgramType.CgroupSkb or ProgramType.CgroupSock
                or ProgramType.LwtIn or ProgramType.LwtOut or ProgramType.LwtXmit or ProgramType.SockOps or ProgramType.SkSkb
                or ProgramType.CgroupDevice or ProgramType.SkMsg or ProgramType.CgroupSockAddr or ProgramType.LwtSeg6Local
                or ProgramType.LircMode2 or ProgramType.SkReuseport or ProgramType.FlowDissector or ProgramType.CgroupSysctl
                or ProgramType.CgroupSockopt or ProgramType.Tracing or ProgramType.StructOps or ProgramType.Extension
                or ProgramType.Lsm or ProgramType.SkLookup or ProgramType.Syscall or ProgramType.Netfilter => false,
            _ => false,
        };
    }

    private void CheckGlobalArguments(FunctionInfo callee)
    {
        Parameter[] parameters = ParametersOf(callee);
        if (ReturnsVoid(callee))
        {
            throw Reject(FindingIds.Argument, $"{callee.Name} returns nothing; a global function must return a number", "return an int, or make it static");
        }

        for (int i = 0; i < parameters.Length; i++)
        {
            Isa.Register register = (Isa.Register)(i + 1);
            RequireReadable(register);
            RegisterState value = Reg(register);
            Parameter parameter = parameters[i];
            string argument = $"argument {i + 1} of {callee.Name}";
            switch (parameter.Kind)
            {
                case ParameterKind.Number:
                    RequireArgument(argument, value, value.IsScalar, "a number");
                    break;
                case ParameterKind.Context:
                    RequireArgument(argument, value, value.Kind == RegisterKind.Context, "the context");
                    if (_program.Type != ProgramType.Syscall && (value.Offset != 0 || !value.Range.IsConst || value.Range.ConstValue != 0))
                    {
                        throw Reject(FindingIds.Argument, $"{argument} is a moved context pointer");
                    }

                    break;
                case ParameterKind.Arena:
                    RequireArgument(argument, value, value.Kind == RegisterKind.Arena || value.IsScalar, "an arena pointer");
                    break;
                case ParameterKind.Memory:
                    if (value.IsNull && parameter.MaybeNull)
                    {
                        break;
                    }

                    if (value.MaybeNull && !parameter.MaybeNull)
                    {
                        throw Reject(FindingIds.MaybeNull, $"{argument} is {Describe(value)}, which may be null", "compare it with 0 first");
                    }

                    RequireArgument(argument, value, IsPlainMemory(value), "memory");
                    UsePlainMemory(argument, value, parameter.Size, true, true, false);
                    break;
                case ParameterKind.Dynptr:
                    if (value.Kind != RegisterKind.Dynptr)
                    {
                        RequireArgument(argument, value, value.Kind == RegisterKind.Stack, "a dynptr");
                        FindDynptr(argument, value);
                    }

                    break;
                case ParameterKind.Trusted:
                    if (value.IsNull && parameter.MaybeNull)
                    {
                        break;
                    }

                    RequireArgument(
                        argument, value,
                        value.Kind == RegisterKind.BtfPointer && (!value.MaybeNull || parameter.MaybeNull)
                            && (value.RefId != 0 || value.Is(RegisterFlags.Trusted))
                            && TypeAccess.Holds(KernelTypes, value.Object, value.Offset, parameter.KernelType, false),
                        "a trusted kernel pointer");
                    break;
                case ParameterKind.Untrusted:
                    break;
                case ParameterKind.NotSupported:
                default:
                    throw new NotModelledException(_slot, $"{argument}");
            }
        }
    }

    private void RequireArgument(string argument, in RegisterState value, bool holds, string expected)
    {
        if (!holds)
        {
            throw Reject(
                FindingIds.Argument,
                $"{argument} is {Describe(value)}; expected is {expected}", null, Where(value));
        }
    }

    private static bool IsPlainMemory(in RegisterState value) =>
        value.Kind is RegisterKind.Stack or RegisterKind.Packet or RegisterKind.PacketMeta or RegisterKind.MapKey
            or RegisterKind.MapValue or RegisterKind.Memory or RegisterKind.Buffer or RegisterKind.BtfPointer;

    /// <summary>Memory of a known size a function or kernel function uses.</summary>
    private void UsePlainMemory(string argument, in RegisterState pointer, int size, bool reads, bool writes, bool allowEmpty)
    {
        switch (pointer.Kind)
        {
            case RegisterKind.Context when _program.Type == ProgramType.Syscall:
                break;
            case RegisterKind.Stack:
                UseStack(pointer, size, reads, writes, allowEmpty);
                break;
            case RegisterKind.Packet or RegisterKind.PacketMeta:
                CheckPacket(pointer, pointer.Offset, size, allowEmpty);
                break;
            case RegisterKind.MapKey:
                if (writes)
                {
                    throw Reject(FindingIds.ReadOnly, $"{argument} is a map key, which may not be written");
                }

                CheckRegion(pointer, pointer.Offset, size, _program.Maps[pointer.Object].KeySize, FindingIds.MapBounds, allowEmpty);
                break;
            case RegisterKind.MapValue:
                MapInfo map = _program.Maps[pointer.Object];
                if (writes && map.IsReadOnlyForProgram)
                {
                    throw Reject(FindingIds.ReadOnly, $"{argument} lies in {map}, which programs may only read");
                }

                CheckRegion(pointer, pointer.Offset, size, map.ValueSize, FindingIds.MapBounds, allowEmpty);
                RequireNoSpecialField(map.Fields, pointer, pointer.Offset, size);
                break;
            case RegisterKind.Memory:
                if (writes && pointer.Is(RegisterFlags.ReadOnly))
                {
                    throw Reject(FindingIds.ReadOnly, $"{argument} is read-only");
                }

                CheckRegion(pointer, pointer.Offset, size, pointer.Extra, FindingIds.MemoryBounds, allowEmpty);
                break;
            case RegisterKind.Buffer:
                CheckBuffer(pointer, pointer.Offset);
                break;
            case RegisterKind.BtfPointer:
                UseBtf(pointer, size, false);
                break;
            case RegisterKind.NotInit or RegisterKind.Scalar or RegisterKind.Context or RegisterKind.MapPointer
                or RegisterKind.PacketEnd or RegisterKind.FlowKeys or RegisterKind.Socket or RegisterKind.SockCommon
                or RegisterKind.TcpSocket or RegisterKind.XdpSocket or RegisterKind.TracepointBuffer or RegisterKind.Arena
                or RegisterKind.Function or RegisterKind.Dynptr or RegisterKind.PerCpuVariable
                or RegisterKind.InstructionPointer:
            default:
                if (!(allowEmpty && size == 0 && pointer.IsNull))
                {
                    RequireArgument(argument, pointer, false, "memory");
                }

                break;
        }
    }

    private void SetUpArguments(int function)
    {
        if (function == 0 || _code.Functions[function].IsExceptionCallback)
        {
            _frame.Registers[1] = RegisterState.Pointer(RegisterKind.Context);
            _frame.Registers[1].Origin = -1;
            if (function != 0)
            {
                _frame.Registers[1] = RegisterState.UnknownScalar;
            }

            return;
        }

        Parameter[] parameters = ParametersOf(_code.Functions[function]);
        for (int i = 0; i < parameters.Length; i++)
        {
            ref RegisterState register = ref _frame.Registers[i + 1];
            Parameter parameter = parameters[i];
            register = parameter.Kind switch
            {
                ParameterKind.Number => RegisterState.UnknownScalar,
                ParameterKind.Context => RegisterState.Pointer(RegisterKind.Context),
                ParameterKind.Arena => RegisterState.UnknownScalar,
                ParameterKind.Dynptr => RegisterState.Pointer(RegisterKind.Dynptr, RegisterFlags.ReadOnly),
                ParameterKind.Trusted => RegisterState.Pointer(RegisterKind.BtfPointer, RegisterFlags.Trusted),
                ParameterKind.Untrusted when parameter.KernelType == 0 =>
                    RegisterState.Pointer(RegisterKind.Memory, RegisterFlags.ReadOnly | RegisterFlags.Untrusted),
                ParameterKind.Untrusted => RegisterState.Pointer(RegisterKind.BtfPointer, RegisterFlags.Untrusted),
                ParameterKind.Memory => RegisterState.Pointer(RegisterKind.Memory),
                ParameterKind.NotSupported => default,
                _ => default,
            };
            if (parameter.Kind is ParameterKind.Arena)
            {
                register = RegisterState.Pointer(RegisterKind.Arena);
                register.Range = Domains.ScalarRange.Unknown;
            }

            if (parameter.Kind is ParameterKind.Memory || (parameter.Kind == ParameterKind.Untrusted && parameter.KernelType == 0))
            {
                register.Extra = parameter.Size;
            }
            else if (parameter.Kind is ParameterKind.Trusted or ParameterKind.Untrusted)
            {
                register.Object = parameter.KernelType;
            }
            else if (parameter.Kind == ParameterKind.Dynptr)
            {
                register.Object = (int)DynptrKind.Local;
                register.Id = NextId();
            }

            if (parameter.MaybeNull && parameter.Kind is ParameterKind.Memory or ParameterKind.Trusted && parameter.MaybeNull)
            {
                register.Flags |= RegisterFlags.MaybeNull;
                register.Id = NextId();
            }

            register.Origin = -1;
        }
    }

    private bool ReturnsVoid(FunctionInfo function)
    {
        if (_program.Object.Btf is not { } btf || function.BtfTypeId == 0)
        {
            return false;
        }

        BtfType prototype = btf[btf[function.BtfTypeId].TypeId];
        return prototype.TypeId == 0;
    }
}
