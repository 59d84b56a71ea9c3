using BpfSharp.Btf;
using BpfSharp.Hooks;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

/// <remarks>Typed pointers: the id is one of the kernel's types, or of the object's own for allocated objects.</remarks>
internal sealed partial class PathWalker
{
    private readonly Dictionary<(bool Own, int Id), SpecialFields> _fieldsOfTypes = [];

    private BtfFile KernelTypes =>
        _program.Options.KernelTypes ?? throw new NotModelledException(_slot, "typed kernel pointers without the kernel's types");

    private int KernelTypeId(string name) =>
        _program.Options.KernelTypes is { } types && name.Length > 0 ? Math.Max(0, types.Find(name, BtfKind.Struct)) : 0;

    private BtfFile TypesOf(in RegisterState pointer) =>
        pointer.Is(RegisterFlags.Allocated) ? _program.Object.Btf! : KernelTypes;

    private SpecialFields FieldsOf(in RegisterState pointer)
    {
        if (pointer.Kind == RegisterKind.MapValue)
        {
            return _program.Maps[pointer.Object].Fields;
        }

        if (pointer.Kind != RegisterKind.BtfPointer || !pointer.Is(RegisterFlags.Allocated) || _program.Object.Btf is not { } btf)
        {
            return SpecialFields.None;
        }

        if (!_fieldsOfTypes.TryGetValue((true, pointer.Object), out SpecialFields? fields))
        {
            _fieldsOfTypes[(true, pointer.Object)] = fields = FieldFinder.InObjects(btf, pointer.Object, _program.Options.KernelTypes);
        }

        return fields;
    }

    private bool InRcuSection => _state.RcuDepth > 0 || !_state.Sleepable;

    private static bool IsRcu(in RegisterState register) => register.Is(RegisterFlags.Rcu);

    private void RequireMayLookIntoKernel(in RegisterState pointer)
    {
        if (!_program.AllowPointerLeaks)
        {
            throw Reject(FindingIds.PointerLeak, $"access through {Describe(pointer)} needs CAP_PERFMON");
        }
    }

    private int CheckBtfOffset(in RegisterState pointer, int offset)
    {
        RequireMayLookIntoKernel(pointer);
        if (!pointer.Range.IsConst)
        {
            throw Reject(FindingIds.BtfAccess, $"access at a variable offset ({pointer.Range}) of {Describe(pointer)}", null, Where(pointer));
        }

        long at = pointer.Offset + (long)offset + (long)pointer.Range.ConstValue;
        if (at < 0)
        {
            throw Reject(FindingIds.BtfAccess, $"access at offset {at} of {Describe(pointer)}");
        }

        if (pointer.Is(RegisterFlags.User))
        {
            throw Reject(FindingIds.NotPointer, $"{Describe(pointer)} points to user memory", "use bpf_probe_read_user");
        }

        if (pointer.Is(RegisterFlags.PerCpu))
        {
            throw Reject(FindingIds.NotPointer, $"{Describe(pointer)} points to per-CPU memory", "use bpf_per_cpu_ptr or bpf_this_cpu_ptr");
        }

        return (int)Math.Min(at, int.MaxValue);
    }

    private RegisterState ReadBtf(in RegisterState pointer, int offset, int size)
    {
        int at = CheckBtfOffset(pointer, offset);
        BtfFile types = TypesOf(pointer);
        if (pointer.Is(RegisterFlags.Allocated))
        {
            return ReadAllocated(pointer, types, at, size);
        }

        if (pointer.Object == 0)
        {
            if (pointer.Is(RegisterFlags.Untrusted))
            {
                return RegisterState.UnknownScalar;
            }

            throw new NotModelledException(_slot, "a load through a kernel pointer of unknown type");
        }

        TypeAccess access = TypeAccess.Find(types, pointer.Object, at, size);
        if (!access.IsAllowed)
        {
            throw Reject(
                FindingIds.BtfAccess,
                $"load of {size} bytes at offset {at} of {Describe(pointer)}: no such field{(access.Field.Length > 0 ? $" ('{access.Field}' is not read so)" : "")}");
        }

        if (access.PointeeId == 0)
        {
            return RegisterState.UnknownScalar;
        }

        RegisterState value = RegisterState.Pointer(RegisterKind.BtfPointer, FlagsOfField(pointer, access));
        value.Object = access.PointeeId;
        if (value.MaybeNull)
        {
            value.Id = NextId();
        }

        return value;
    }

    private RegisterFlags FlagsOfField(in RegisterState pointer, in TypeAccess access)
    {
        RegisterFlags space = access.Tag switch
        {
            "user" => RegisterFlags.User,
            "percpu" => RegisterFlags.PerCpu,
            _ => RegisterFlags.None,
        };
        if (pointer.Is(RegisterFlags.Untrusted))
        {
            return RegisterFlags.Untrusted;
        }

        if (!IsTrusted(pointer) && !IsRcu(pointer))
        {
            return space;
        }

        RegisterFlags safe = SafeFields.Find(access.Owner, access.Field);
        if ((safe & RegisterFlags.Trusted) != 0)
        {
            return safe;
        }

        if (!InRcuSection || pointer.MaybeNull)
        {
            return space;
        }

        if ((safe & RegisterFlags.Rcu) != 0)
        {
            return safe;
        }

        return access.Tag == "rcu" ? RegisterFlags.Rcu | RegisterFlags.MaybeNull : space;
    }

    private RegisterState ReadAllocated(in RegisterState pointer, BtfFile types, int at, int size)
    {
        SpecialFields fields = FieldsOf(pointer);
        int available = types.SizeOf(pointer.Object);
        RequireInside(pointer, at, size, available, FindingIds.BtfAccess, false);
        RequireNoSpecialFieldAt(fields, at, size, pointer);
        TypeAccess access = TypeAccess.Find(types, pointer.Object, at, size);
        if (!access.IsAllowed)
        {
            throw Reject(FindingIds.BtfAccess, $"load of {size} bytes at offset {at} of {Describe(pointer)}: no such field");
        }

        return RegisterState.UnknownScalar;
    }

    private void RequireNoSpecialFieldAt(SpecialFields fields, int at, int size, in RegisterState pointer)
    {
        foreach (SpecialField field in fields.All)
        {
            if (at < field.Offset + field.Size && field.Offset < at + size)
            {
                throw Reject(
                    FindingIds.SpecialField, $"direct access to the {field.Kind} at offset {field.Offset} of {Describe(pointer)}",
                    "only its functions may touch it");
            }
        }
    }

    private void WriteBtf(in RegisterState pointer, int offset, int size)
    {
        int at = CheckBtfOffset(pointer, offset);
        if (!pointer.Is(RegisterFlags.Allocated))
        {
            TypeAccess written = TypeAccess.Find(KernelTypes, pointer.Object, at, size);
            if (pointer.Object != 0 && written.IsAllowed && WritableFields.Allows(_program.Type, written.Owner, written.Field))
            {
                return;
            }

            throw Reject(FindingIds.ReadOnly, $"store to {Describe(pointer)}, which is read-only", "kernel structures are changed by kernel functions only");
        }

        SpecialFields fields = FieldsOf(pointer);
        RequireInside(pointer, at, size, TypesOf(pointer).SizeOf(pointer.Object), FindingIds.BtfAccess, false);
        RequireNoSpecialFieldAt(fields, at, size, pointer);
        if (pointer.RefId == 0 && !pointer.Is(RegisterFlags.NonOwning) && !pointer.Is(RegisterFlags.Rcu))
        {
            throw Reject(FindingIds.BtfAccess, $"store to {Describe(pointer)}, which is not owned");
        }
    }

    private void UseBtf(in RegisterState pointer, int size, bool writes)
    {
        if (size == 0)
        {
            return;
        }

        int at = CheckBtfOffset(pointer, 0);
        if (writes && !pointer.Is(RegisterFlags.Allocated))
        {
            throw Reject(FindingIds.ReadOnly, $"the call would write to {Describe(pointer)}, which is read-only");
        }

        int available = pointer.Object == 0 ? 0 : TypesOf(pointer).SizeOf(pointer.Object);
        RequireInside(pointer, at, size, available, FindingIds.BtfAccess, false);
        if (!pointer.Is(RegisterFlags.Allocated) && pointer.Object != 0 && !TypeAccess.Find(TypesOf(pointer), pointer.Object, at, size).IsAllowed)
        {
            throw Reject(FindingIds.BtfAccess, $"the call would read {size} bytes at offset {at} of {Describe(pointer)}: no such field");
        }

        RequireNoSpecialFieldAt(FieldsOf(pointer), at, size, pointer);
    }

    private RegisterState ReadMapStructure(in RegisterState pointer, int offset, int size)
    {
        RequireMayLookIntoKernel(pointer);
        BtfFile types = KernelTypes;
        int id = KernelTypeId("bpf_map");
        MapInfo map = _program.Maps[pointer.Object];
        if (map.Type is Maps.MapType.Array or Maps.MapType.PerCpuArray)
        {
            id = KernelTypeId("bpf_array");
        }
        else if (map.Type is Maps.MapType.Hash or Maps.MapType.PerCpuHash or Maps.MapType.LruHash or Maps.MapType.LruPerCpuHash
            or Maps.MapType.HashOfMaps)
        {
            id = KernelTypeId("bpf_htab");
        }

        if (offset < 0 || pointer.Range.ConstValue != 0 || !pointer.Range.IsConst)
        {
            throw Reject(FindingIds.BtfAccess, $"access at offset {offset} of {Describe(pointer)}");
        }

        TypeAccess access = TypeAccess.Find(types, id, offset, size);
        if (!access.IsAllowed)
        {
            throw Reject(FindingIds.BtfAccess, $"load of {size} bytes at offset {offset} of {Describe(pointer)}: no such field");
        }

        if (access.PointeeId == 0)
        {
            return RegisterState.UnknownScalar;
        }

        RegisterState value = RegisterState.Pointer(RegisterKind.BtfPointer);
        value.Object = access.PointeeId;
        return value;
    }

    private bool IsTypedAs(in RegisterState value, string type) =>
        value.Kind == RegisterKind.BtfPointer && value.Object != 0 && value.Object == KernelTypeId(type);

    /// <summary>The kernel type behind a pointer, sockets of the networking hooks included.</summary>
    private int TypeIdOf(in RegisterState value) => value.Kind switch
    {
        RegisterKind.BtfPointer => value.Object,
        RegisterKind.Socket => KernelTypeId("sock"),
        RegisterKind.SockCommon => KernelTypeId("sock_common"),
        RegisterKind.TcpSocket => KernelTypeId("tcp_sock"),
        RegisterKind.MapPointer => KernelTypeId("bpf_map"),
        _ => 0,
    };

    private void RequireTyped(HelperInfo helper, int index, in RegisterState value, string type)
    {
        if (value.Kind != RegisterKind.BtfPointer)
        {
            return;
        }

        if (value.Is(RegisterFlags.Untrusted) || (value.Flags & (RegisterFlags.User | RegisterFlags.PerCpu)) != 0)
        {
            throw Reject(FindingIds.Argument, $"{Argument(helper, index)} is {Describe(value)}, which may dangle");
        }

        if (type.Length == 0 || type == "void" || _program.Options.KernelTypes is not { } types)
        {
            return;
        }

        int wanted = KernelTypeId(type);
        if (wanted != 0 && (value.Is(RegisterFlags.Allocated)
            || !TypeAccess.Holds(types, value.Object, value.Offset, wanted, false)))
        {
            throw Reject(FindingIds.Argument, $"{Argument(helper, index)} is {Describe(value)}; a pointer to {type} is expected");
        }
    }

    private RegisterState BtfResult(HelperInfo helper, in CallFacts facts)
    {
        RegisterState result = RegisterState.Pointer(RegisterKind.BtfPointer);
        if (facts.Kptr is { } field)
        {
            bool own = !TryKernelType(field.TypeId, out int kernelType);
            result.Object = own ? field.TypeId : kernelType;
            result.Flags |= RegisterFlags.MaybeNull | (own ? RegisterFlags.Allocated : RegisterFlags.None)
                | (field.Kind == SpecialFieldKind.KptrPerCpu ? RegisterFlags.PerCpu : RegisterFlags.None);
            return result;
        }

        result.Object = KernelTypeId(helper.ReturnBtfType ?? "");
        if (helper.Return == HelperReturn.TrustedBtfPointer)
        {
            result.Flags |= RegisterFlags.Trusted;
        }
        else if (helper.Return == HelperReturn.BtfPointerOrNull)
        {
            result.Flags |= RegisterFlags.MaybeNull;
        }

        return result;
    }

    private RegisterState PerCpuResult(in CallFacts facts)
    {
        RegisterState variable = facts.SlicedDynptr;
        RegisterState result;
        if (variable.Is(RegisterFlags.Allocated))
        {
            result = RegisterState.Pointer(RegisterKind.BtfPointer, RegisterFlags.Allocated | RegisterFlags.Rcu);
            result.Object = variable.Object;
            return result;
        }

        BtfType type = KernelTypes.SkipModifiers(variable.Object);
        if (type.Kind is BtfKind.Struct or BtfKind.Union)
        {
            result = RegisterState.Pointer(RegisterKind.BtfPointer);
            result.Object = type.Id;
            return result;
        }

        result = RegisterState.Pointer(RegisterKind.Memory, RegisterFlags.ReadOnly);
        result.Extra = KernelTypes.SizeOf(type.Id);
        return result;
    }

    /// <summary>The kernel's type of the same name as one of the object's.</summary>
    private bool TryKernelType(int ownId, out int kernelId)
    {
        kernelId = 0;
        if (_program.Object.Btf is not { } own || !own.Contains(ownId))
        {
            return false;
        }

        string name = own[ownId].Name;
        int flavour = name.IndexOf("___", StringComparison.Ordinal);
        kernelId = KernelTypeId(flavour > 0 ? name[..flavour] : name);
        return kernelId != 0;
    }
}
