using BpfSharp.Btf;
using BpfSharp.Hooks;
using BpfSharp.Objects;
using BpfSharp.Verifier.ControlFlow;
using BpfSharp.Verifier.Domains;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

/// <remarks>Hooks whose context is the arguments of a kernel function.</remarks>
internal sealed partial class PathWalker
{
    private BtfType _hook;
    private bool _hookFound;
    private int _hookSkip;
    private bool _hookTrusted;

    private void CheckProgram()
    {
        if (_program.TypeInfo is not { } info)
        {
            throw new NotModelledException(-1, $"programs of type {_program.Type}");
        }

        if (_program.Type == ProgramType.Extension)
        {
            throw new NotModelledException(-1, "a program that replaces a function of another one (freplace): its arguments, context and helpers are those "
                + "of a program that is not part of this object");
        }

        if ((info.Traits & ProgramTypeTraits.NeedsGpl) != 0 && !_program.IsGpl)
        {
            throw Reject(FindingIds.License, $"programs of type {_program.Type} need a GPL-compatible licence");
        }

        if ((info.Traits & ProgramTypeTraits.NeedsPerfmon) != 0 && !_program.AllowPointerLeaks)
        {
            throw Reject(FindingIds.PointerLeak, $"programs of type {_program.Type} see the kernel's memory: they need CAP_PERFMON", "load with CAP_PERFMON");
        }

        if ((_program.Spec.Flags & ProgramFlags.Sleepable) != 0 && !MaySleepAtAll())
        {
            throw Reject(FindingIds.Sleeps, $"programs of type {_program.Type} at {_program.Spec.AttachType} cannot be sleepable");
        }

        if ((info.Traits & ProgramTypeTraits.NeedsAttachTarget) != 0)
        {
            FindHook();
        }

        if (_program.Type == ProgramType.StructOps && _program.IsSleepable && _program.Spec.AttachTarget is "bpf_dummy_ops.test_1" or "bpf_dummy_ops.test_2")
        {
            throw Reject(FindingIds.Attach, $"{_program.Spec.AttachTarget} takes no sleepable programs");
        }

        CheckFunctions();
        CheckMaps();
    }

    /// <summary>What a tail call or a legacy load ends early must return a number.</summary>
    private void CheckFunctions()
    {
        bool hasTypes = _program.Object.Btf is not null && _code.Functions[0].BtfTypeId != 0;
        foreach (FunctionInfo function in _code.Functions.Skip(1).Where(f => f.HasTailCall || f.HasLdAbs))
        {
            string what = function.HasTailCall ? "a tail call" : "a legacy packet load";
            if (!hasTypes)
            {
                throw Reject(
                    FindingIds.Encoding, $"{what} in {function.Name}, whose type is not known", "compile with -g: types of functions are in the BTF");
            }

            if (function.BtfTypeId != 0 && !ReturnsNumber(_program.Object.Btf!, function))
            {
                throw Reject(FindingIds.ReturnValue, $"{what} in {function.Name}, which returns no number", "let the function return int");
            }
        }
    }

    private static bool ReturnsNumber(BtfFile types, FunctionInfo function)
    {
        BtfType result = types.SkipModifiers(types[types[function.BtfTypeId].TypeId].TypeId);
        return result.IsEnum || result.Kind == BtfKind.Int;
    }

    private bool MaySleepAtAll() => _program.Type switch
    {
        ProgramType.Tracing => _program.Spec.AttachType is AttachType.TraceFentry or AttachType.TraceFexit or AttachType.ModifyReturn
            or AttachType.TraceIter,
        ProgramType.Lsm or ProgramType.StructOps or ProgramType.Syscall or ProgramType.Kprobe => true,
        ProgramType.Unspecified or ProgramType.SocketFilter or ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.Tracepoint
            or ProgramType.Xdp or ProgramType.PerfEvent or ProgramType.CgroupSkb or ProgramType.CgroupSock or ProgramType.LwtIn
            or ProgramType.LwtOut or ProgramType.LwtXmit or ProgramType.SockOps or ProgramType.SkSkb or ProgramType.CgroupDevice
            or ProgramType.SkMsg or ProgramType.RawTracepoint or ProgramType.CgroupSockAddr or ProgramType.LwtSeg6Local
            or ProgramType.LircMode2 or ProgramType.SkReuseport or ProgramType.FlowDissector or ProgramType.CgroupSysctl
            or ProgramType.RawTracepointWritable or ProgramType.CgroupSockopt or ProgramType.Extension or ProgramType.SkLookup
            or ProgramType.Netfilter => false,
        _ => false,
    };

    /// <summary>Maps that do not go with the program's type.</summary>
    private void CheckMaps()
    {
        bool observes = _program.Type is ProgramType.Kprobe or ProgramType.Tracepoint or ProgramType.PerfEvent
            or ProgramType.RawTracepoint or ProgramType.RawTracepointWritable;
        foreach (Isa.DecodedInstruction insn in _code.Instructions)
        {
            if (insn.Op is not (Isa.Op.LoadMapIndex or Isa.Op.LoadMapValueIndex))
            {
                continue;
            }

            _slot = insn.Slot;
            MapInfo map = MapOf((int)insn.Imm);
            if (map.Type == Maps.MapType.Arena && !_program.AllowPointerLeaks)
            {
                throw Reject(FindingIds.CallNotAllowed, "arenas need CAP_BPF and CAP_PERFMON", "load with CAP_PERFMON, or use an array map");
            }

            if (_program.IsSleepable && !MaySleepWith(map.Type))
            {
                throw Reject(
                    FindingIds.MapUse, $"a sleepable program refers to {map}, which is of type {map.Type}",
                    "sleepable programs use arrays, hashes, maps of maps, ring buffers, local storage, queues, stacks and arenas");
            }

            bool usesLock = map.Fields.Find(SpecialFieldKind.SpinLock) is not null;
            if (usesLock && _program.Type == ProgramType.SocketFilter)
            {
                throw Reject(FindingIds.SpecialField, "socket filters cannot use bpf_spin_lock yet", "use atomics");
            }

            bool hasGraph = map.Fields.Find(SpecialFieldKind.ListHead) is not null || map.Fields.Find(SpecialFieldKind.TreeRoot) is not null;
            if (observes && (usesLock || hasGraph))
            {
                throw Reject(FindingIds.SpecialField, $"programs of type {_program.Type} cannot use locks, lists and trees in maps yet", "use atomics");
            }

            if (observes && map.Fields.Find(SpecialFieldKind.Timer) is not null)
            {
                throw Reject(FindingIds.SpecialField, $"programs of type {_program.Type} cannot use bpf_timer yet");
            }

            if (observes && map.Fields.Find(SpecialFieldKind.WorkQueue) is not null)
            {
                throw Reject(FindingIds.SpecialField, $"programs of type {_program.Type} cannot use bpf_wq yet");
            }
        }
    }

    private static bool MaySleepWith(Maps.MapType type) => type is Maps.MapType.Hash or Maps.MapType.LruHash or Maps.MapType.Array
        or Maps.MapType.PerCpuHash or Maps.MapType.PerCpuArray or Maps.MapType.LruPerCpuHash or Maps.MapType.ArrayOfMaps
        or Maps.MapType.HashOfMaps or Maps.MapType.RingBuffer or Maps.MapType.UserRingBuffer or Maps.MapType.InodeStorage
        or Maps.MapType.SkStorage or Maps.MapType.TaskStorage or Maps.MapType.CgroupLocalStorage or Maps.MapType.Queue
        or Maps.MapType.Stack or Maps.MapType.Arena or Maps.MapType.InstructionArray;

    private void FindHook()
    {
        string target = _program.Spec.AttachTarget ?? "";
        BtfFile? types = _program.Options.KernelTypes;
        if (types is null)
        {
            return;
        }

        switch (_program.Type)
        {
            case ProgramType.Tracing when _program.Spec.AttachType == AttachType.TraceRawTp:
                int typedef = types.Find("btf_trace_" + target, BtfKind.Typedef);
                if (typedef == 0)
                {
                    throw Reject(FindingIds.Attach, $"the kernel has no tracepoint '{target}'");
                }

                BtfType pointer = types.SkipModifiers(typedef);
                _hook = types.SkipModifiers(pointer.TypeId);
                _hookSkip = 1;
                _hookTrusted = true;
                _hookFound = true;
                break;
            case ProgramType.Tracing when _program.Spec.AttachType == AttachType.TraceIter:
                FindFunction(types, "bpf_iter_" + target, trusted: true);
                break;
            case ProgramType.Tracing:
                FindFunction(types, target, trusted: false);
                break;
            case ProgramType.Lsm:
                FindFunction(types, "bpf_lsm_" + target, trusted: true);
                break;
            case ProgramType.StructOps:
                FindMember(types, target);
                break;
            case ProgramType.Unspecified or ProgramType.SocketFilter or ProgramType.Kprobe or ProgramType.SchedCls
                or ProgramType.SchedAct or ProgramType.Tracepoint or ProgramType.Xdp or ProgramType.PerfEvent
                or ProgramType.CgroupSkb or ProgramType.CgroupSock or ProgramType.LwtIn or ProgramType.LwtOut
                or ProgramType.LwtXmit or ProgramType.SockOps or ProgramType.SkSkb or ProgramType.CgroupDevice
                or ProgramType.SkMsg or ProgramType.RawTracepoint or ProgramType.CgroupSockAddr or ProgramType.LwtSeg6Local
                or ProgramType.LircMode2 or ProgramType.SkReuseport or ProgramType.FlowDissector or ProgramType.CgroupSysctl
                or ProgramType.RawTracepointWritable or ProgramType.CgroupSockopt or ProgramType.Extension
                or ProgramType.SkLookup or ProgramType.Syscall or ProgramType.Netfilter:
            default:
                break;
        }
    }

    private void FindFunction(BtfFile types, string name, bool trusted)
    {
        int id = types.Find(name, BtfKind.Function);
        if (id == 0)
        {
            throw Reject(FindingIds.Attach, $"the kernel has no function '{name}' to attach to");
        }

        _hook = types[types[id].TypeId];
        _hookTrusted = trusted;
        _hookFound = true;
    }

    private void FindMember(BtfFile types, string target)
    {
        string[] parts = target.Split('.');
        int id = parts.Length == 2 ? types.Find(parts[0], BtfKind.Struct) : 0;
        if (id == 0)
        {
            throw Reject(FindingIds.Attach, $"'{target}' is not a member of a kernel operations structure");
        }

        BtfList<BtfMember> members = types[id].Members;
        for (int i = 0; i < members.Count; i++)
        {
            if (members[i].Name != parts[1])
            {
                continue;
            }

            BtfType member = types.SkipModifiers(members[i].TypeId);
            if (member.Kind == BtfKind.Pointer && types.SkipModifiers(member.TypeId) is { Kind: BtfKind.FunctionPrototype } prototype)
            {
                if (UnsupportedMembers.Contains(target))
                {
                    throw Reject(FindingIds.Attach, $"{target} may not be written as a program");
                }

                _hook = prototype;
                _hookTrusted = true;
                _hookFound = true;
                return;
            }
        }

        throw Reject(FindingIds.Attach, $"'{target}' is not a function of a kernel operations structure");
    }

    private static readonly string[] s_unsupportedMembers = ["tcp_congestion_ops.get_info", "bpf_dummy_ops.test_unsupported"];

    private static string[] UnsupportedMembers => s_unsupportedMembers;

    private RegisterState ReadFunctionContext(in RegisterState pointer, int offset, int size)
    {
        _ = pointer;
        if (_program.Type == ProgramType.Tracepoint)
        {
            const int MaxTracepointRecord = 8192;
            if (offset < 8 || offset + size > MaxTracepointRecord || offset % size != 0)
            {
                throw BadContextAccess("load", offset, size);
            }

            return RegisterState.UnknownScalar;
        }

        if (_program.Type == ProgramType.Syscall)
        {
            if (offset < 0 || offset + size > 65536)
            {
                throw BadContextAccess("load", offset, size);
            }

            return RegisterState.UnknownScalar;
        }

        if (!_hookFound)
        {
            throw new NotModelledException(_slot, "a context that is a kernel function's arguments, without the kernel's types");
        }

        if (offset < 0 || offset % 8 != 0)
        {
            throw BadContextAccess("load", offset, size);
        }

        return ReadHookArgument(offset / 8, offset, size);
    }

    private RegisterState ReadHookArgument(int index, int offset, int size)
    {
        BtfFile types = _hook.File;
        int count = _hook.Parameters.Count - _hookSkip;
        int typeId;
        string name = "";
        bool isReturn = false;
        if (index == count
            && _program.Spec.AttachType is AttachType.TraceFexit or AttachType.ModifyReturn or AttachType.LsmMac or AttachType.LsmCgroup)
        {
            isReturn = true;
            typeId = _hook.TypeId;
        }
        else if (index >= count)
        {
            throw Reject(FindingIds.ContextAccess, $"argument {index + 1} of the hook, which has {count}");
        }
        else
        {
            BtfParameter parameter = _hook.Parameters[index + _hookSkip];
            typeId = parameter.TypeId;
            name = parameter.Name;
        }

        BtfType type = types.SkipModifiers(typeId);
        if (type.Kind is BtfKind.Int || type.IsEnum || isReturn)
        {
            if (size > 8)
            {
                throw BadContextAccess("load", offset, size);
            }

            // What earlier programs decided is a value that the hook allows.
            return isReturn && HookReturnRange() is { } range
                ? RegisterState.Number(ScalarRange.Signed(range.Minimum, range.Maximum))
                : RegisterState.UnknownScalar;
        }

        if (size != 8)
        {
            throw BadContextAccess("load", offset, size);
        }

        if (type.Kind != BtfKind.Pointer)
        {
            // A small structure by value.
            return RegisterState.UnknownScalar;
        }

        BtfType target = types[type.TypeId];
        string tag = "";
        for (int depth = 0; depth < 32 && target.IsModifier; depth++)
        {
            if (target.Kind == BtfKind.TypeTag)
            {
                tag = target.Name;
            }

            target = types[target.TypeId];
        }

        if (_program.Spec.AttachType == AttachType.TraceIter && target.Id == 0)
        {
            // Keys and values of the map that is iterated.
            RegisterState buffer = RegisterState.Pointer(
                RegisterKind.Buffer, RegisterFlags.MaybeNull | (name == "key" ? RegisterFlags.ReadOnly : RegisterFlags.None));
            buffer.Id = NextId();
            return buffer;
        }

        if (target.Kind is not (BtfKind.Struct or BtfKind.Union))
        {
            return RegisterState.UnknownScalar;
        }

        if (_program.Type == ProgramType.StructOps && target.Name == "sock" && _program.Spec.AttachTarget?.StartsWith("tcp_congestion_ops.", StringComparison.Ordinal) == true)
        {
            // A congestion control's socket is always TCP.
            target = types[types.Find("tcp_sock", BtfKind.Struct)];
        }

        RegisterState value = RegisterState.Pointer(RegisterKind.BtfPointer, _hookTrusted ? RegisterFlags.Trusted : RegisterFlags.None);
        value.Object = target.Id;
        value.Flags |= tag switch
        {
            "user" => RegisterFlags.User,
            "percpu" => RegisterFlags.PerCpu,
            _ => RegisterFlags.None,
        };
        if (MayArgumentBeNull(name, index))
        {
            value.Flags |= RegisterFlags.MaybeNull;
            value.Id = NextId();
        }

        return value;
    }

    private bool MayArgumentBeNull(string name, int index)
    {
        if (name.EndsWith("__nullable", StringComparison.Ordinal))
        {
            return true;
        }

        // Iterators end with one call without an element.
        return _program.Spec.AttachType == AttachType.TraceIter && index > 0
            && (name != "map" || _program.Spec.AttachTarget == "bpf_map");
    }

    private ReturnRange? HookReturnRange()
    {
        if (_program.Type == ProgramType.Lsm && _hookFound && _program.Rules.LsmReturnRanges && _program.Spec.AttachType != AttachType.LsmCgroup)
        {
            return LsmReturns.Find(_program.Spec.AttachTarget ?? "", _hook.File.SkipModifiers(_hook.TypeId));
        }

        return null;
    }

    private bool HookReturnsNothing()
    {
        if (!_hookFound)
        {
            return false;
        }

        return _program.Type is ProgramType.StructOps or ProgramType.Lsm && _hook.TypeId == 0;
    }
}
