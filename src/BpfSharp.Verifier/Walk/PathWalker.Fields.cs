using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

/// <remarks>Locks, timers and kernel pointers that lie in map values and owned objects.</remarks>
internal sealed partial class PathWalker
{
    /// <summary>The kernel pointer field an access touches, checked to be taken whole.</summary>
    private SpecialField? KptrAt(SpecialFields fields, in RegisterState pointer, int offset, int size)
    {
        if (fields.All.Length == 0)
        {
            return null;
        }

        long from = pointer.Offset + (long)offset + pointer.Range.SMin;
        long to = pointer.Offset + (long)offset + (long)pointer.Range.UMax + size;
        foreach (SpecialField field in fields.All)
        {
            bool isKptr = field.Kind is SpecialFieldKind.KptrUntrusted or SpecialFieldKind.KptrReferenced
                or SpecialFieldKind.KptrPerCpu or SpecialFieldKind.UserPointer;
            if (!isKptr || from >= field.Offset + field.Size || field.Offset >= to)
            {
                continue;
            }

            OpcodeInfo row = OpcodeTable.Get(_code.Instructions[_slot].Op);
            if (row.Kind is not (OpKind.Load or OpKind.Store) || row.Operation == Operation.LoadSx)
            {
                throw Reject(FindingIds.SpecialField, "a kernel pointer in a map is accessed by another instruction than a plain load or store");
            }

            if (!pointer.Range.IsConst)
            {
                throw Reject(FindingIds.SpecialField, "a kernel pointer in a map is accessed at a variable offset");
            }

            if (from != field.Offset)
            {
                throw Reject(FindingIds.SpecialField, $"the kernel pointer at offset {field.Offset} is accessed at {from}");
            }

            if (size != 8)
            {
                throw Reject(FindingIds.SpecialField, $"the kernel pointer at offset {field.Offset} is accessed with {size} bytes; it has 8");
            }

            return field;
        }

        return null;
    }

    private RegisterState LoadKptr(in RegisterState pointer, in SpecialField field)
    {
        _ = pointer;
        RegisterState value = RegisterState.Pointer(RegisterKind.BtfPointer, RegisterFlags.MaybeNull);
        value.Id = NextId();
        if (field.Kind == SpecialFieldKind.UserPointer)
        {
            value = RegisterState.Pointer(RegisterKind.Memory, RegisterFlags.MaybeNull);
            value.Id = NextId();
            value.Extra = _program.Object.Btf!.SizeOf(field.TypeId);
            return value;
        }

        bool own = !TryKernelType(field.TypeId, out int kernelType);
        value.Object = own ? field.TypeId : kernelType;
        bool rcuSafe = field.Kind == SpecialFieldKind.KptrPerCpu
            || (field.Kind == SpecialFieldKind.KptrReferenced && (own || RcuSafeTypes.Contains(KernelTypes[kernelType].Name)));
        if (own)
        {
            value.Flags |= RegisterFlags.Allocated;
        }

        if (field.Kind == SpecialFieldKind.KptrPerCpu)
        {
            value.Flags |= RegisterFlags.PerCpu;
        }

        value.Flags |= rcuSafe && InRcuSection ? RegisterFlags.Rcu : RegisterFlags.Untrusted;
        if (value.Is(RegisterFlags.Rcu) && own && field.Kind == SpecialFieldKind.KptrReferenced)
        {
            value.Flags |= RegisterFlags.NonOwning;
        }

        return value;
    }

    private void StoreKptr(in SpecialField field, in RegisterState value)
    {
        if (field.Kind != SpecialFieldKind.KptrUntrusted)
        {
            throw Reject(FindingIds.SpecialField, "a referenced kernel pointer in a map is stored to directly", "use bpf_kptr_xchg");
        }

        if (!value.IsNull)
        {
            RequireFieldType("the value stored", field, value);
        }
    }

    /// <summary>Whether a pointer may lie in a field: of its type, unmoved but for what leads to a member of that type.</summary>
    private void RequireFieldType(string what, in SpecialField field, in RegisterState value)
    {
        bool isKernels = !value.Is(RegisterFlags.Allocated);
        RegisterFlags allowed = isKernels
            ? RegisterFlags.MaybeNull | RegisterFlags.Trusted | RegisterFlags.Rcu
                | (field.Kind == SpecialFieldKind.KptrUntrusted ? RegisterFlags.Untrusted : RegisterFlags.None)
            : RegisterFlags.MaybeNull | RegisterFlags.Allocated
                | (field.Kind == SpecialFieldKind.KptrPerCpu ? RegisterFlags.PerCpu : RegisterFlags.None);
        if (value.Kind != RegisterKind.BtfPointer || (value.Flags & ~allowed) != 0)
        {
            throw Reject(FindingIds.SpecialField, $"{what} is {Describe(value)}, which no kernel pointer field of this kind holds");
        }

        RequireKnownOffset(what, value);
        bool isStrict = field.Kind != SpecialFieldKind.KptrUntrusted;
        bool isOwnField = !TryKernelType(field.TypeId, out int kernelType);
        bool fits = isKernels != isOwnField
            && TypeAccess.Holds(TypesOf(value), value.Object, value.Offset, isOwnField ? field.TypeId : kernelType, isStrict);
        if (!fits)
        {
            throw Reject(FindingIds.SpecialField, $"{what} is {Describe(value)}, which is not of the field's type");
        }
    }

    /// <summary>Where a typed pointer points must be known: a type at a place that varies is no type.</summary>
    private void RequireKnownOffset(string what, in RegisterState value)
    {
        if (value.Offset < 0 || !value.Range.IsConst || value.Range.ConstValue != 0)
        {
            throw Reject(
                FindingIds.BtfAccess, $"{what} is {Describe(value)}, moved by {value.Offset} and a variable ({value.Range})",
                "give the pointer as it was loaded", Where(value));
        }
    }

    private static readonly string[] s_rcuSafeTypes =
        ["task_struct", "cgroup", "bpf_cpumask", "cgroup_subsys_state", "prog_test_ref_kfunc", "bpf_crypto_ctx"];

    private static string[] RcuSafeTypes => s_rcuSafeTypes;

    private SpecialField RequireField(string argument, in RegisterState value, SpecialFieldKind kind)
    {
        if (value.Kind is not (RegisterKind.MapValue or RegisterKind.BtfPointer)
            || (value.Kind == RegisterKind.BtfPointer && !value.Is(RegisterFlags.Allocated)))
        {
            throw Reject(
                FindingIds.Argument, $"{argument} is {Describe(value)}; a {kind} in a map value is expected");
        }

        if (!value.Range.IsConst)
        {
            throw Reject(
                value.Kind == RegisterKind.BtfPointer ? FindingIds.BtfAccess : FindingIds.Argument, $"{argument}: a {kind} must be at a constant offset");
        }

        int at = value.Offset + (int)value.Range.ConstValue;
        foreach (SpecialField field in FieldsOf(value).All)
        {
            if (field.Kind == kind && field.Offset == at)
            {
                return field;
            }
        }

        bool isGraph = kind is SpecialFieldKind.ListHead or SpecialFieldKind.TreeRoot;
        throw Reject(
            isGraph ? FindingIds.Protocol : FindingIds.SpecialField, $"{argument}: there is no {kind} at offset {at} of {Describe(value)}");
    }

    private static int LockIdentity(in RegisterState value) =>
        value.Kind == RegisterKind.MapValue ? value.Object + 1 : -1 - value.Object;

    private void ProcessSpinLock(bool locks, in RegisterState value, SpecialFieldKind kind, bool irq = false)
    {
        RequireField("the lock", value, kind);
        ReferenceKind reference = kind == SpecialFieldKind.SpinLock ? ReferenceKind.Lock
            : irq ? ReferenceKind.ResilientIrqLock : ReferenceKind.ResilientLock;
        int owner = LockIdentity(value);
        if (locks)
        {
            if (kind == SpecialFieldKind.SpinLock && _state.ActiveLocks > 0)
            {
                throw Reject(FindingIds.Section, "a second lock is taken while one is held", "unlock first");
            }

            for (int i = 0; i < _state.ReferenceCount && kind != SpecialFieldKind.SpinLock; i++)
            {
                if (_state.References[i].Kind != ReferenceKind.Pointer && _state.References[i].Id == value.Id
                    && _state.References[i].Object == owner && value.Id != 0)
                {
                    throw Reject(FindingIds.Section, "a lock is taken that is already held");
                }
            }

            int id = value.Id;
            _state.AddReference(new Reference(reference, id, _slot, owner));
            _state.ActiveLocks++;
            _state.LockId = id;
            _state.LockObject = owner;
            return;
        }

        if (_state.ActiveLocks == 0)
        {
            throw Reject(FindingIds.Section, "an unlock without a lock", "lock first");
        }

        int last = _state.ReferenceCount - 1;
        while (last >= 0 && _state.References[last].Kind is ReferenceKind.Pointer or ReferenceKind.Irq)
        {
            last--;
        }

        if (last < 0 || _state.References[last].Kind != reference || _state.References[last].Object != owner
            || _state.References[last].Id != value.Id)
        {
            throw Reject(FindingIds.Section, "another lock is unlocked than was taken last", "unlock the same value's lock");
        }

        Array.Copy(_state.References, last + 1, _state.References, last, _state.ReferenceCount - last - 1);
        _state.ReferenceCount--;
        _state.ActiveLocks--;
        _state.LockId = 0;
        _state.LockObject = 0;
        for (int i = 0; i < _state.ReferenceCount; i++)
        {
            if (_state.References[i].Kind is not (ReferenceKind.Pointer or ReferenceKind.Irq))
            {
                _state.LockId = _state.References[i].Id;
                _state.LockObject = _state.References[i].Object;
            }
        }

        InvalidateNonOwning();
    }

    /// <summary>Nodes of a list or tree are only known to live while its lock is held.</summary>
    private void InvalidateNonOwning()
    {
        bool leaks = _program.AllowPointerLeaks;
        ForEachRegister(_state, (ref RegisterState register) =>
        {
            if (register.Is(RegisterFlags.NonOwning) && !register.Is(RegisterFlags.Rcu))
            {
                register = leaks ? RegisterState.UnknownScalar : RegisterState.NotInit;
            }
        });
    }

    private void CheckTimer(HelperInfo helper, int index, in RegisterState value, ref CallFacts facts)
    {
        RequireField(Argument(helper, index), value, SpecialFieldKind.Timer);
        if (value.Kind != RegisterKind.MapValue)
        {
            throw Reject(FindingIds.Argument, $"{Argument(helper, index)} must lie in a map's value");
        }

        if (_program.Type is ProgramType.Kprobe or ProgramType.Tracepoint or ProgramType.PerfEvent or ProgramType.RawTracepoint
            or ProgramType.RawTracepointWritable)
        {
            throw Reject(FindingIds.SpecialField, "programs that observe the kernel cannot use timers yet");
        }

        MapInfo map = _program.Maps[value.Object];
        if (helper.Name == "timer_init")
        {
            RegisterState second = _frame.Registers[2];
            if (second.Kind == RegisterKind.MapPointer && (second.Object != map.Index || second.Extra != value.Extra))
            {
                throw Reject(FindingIds.SpecialField, "the timer lies in another map than the one given", "give the map the timer lies in");
            }
        }

        facts.BtfType = value.Object;
    }

    private void CheckKptrSlot(HelperInfo helper, int index, in RegisterState value, ref CallFacts facts)
    {
        if (value.Kind is not (RegisterKind.MapValue or RegisterKind.BtfPointer)
            || (value.Kind == RegisterKind.BtfPointer && !value.Is(RegisterFlags.Allocated)))
        {
            throw Reject(
                FindingIds.Argument,
                $"{Argument(helper, index)} is {Describe(value)}; a kernel pointer in a map value is expected");
        }

        if (!value.Range.IsConst)
        {
            throw Reject(FindingIds.SpecialField, $"{Argument(helper, index)} must be at a constant offset");
        }

        int at = value.Offset + (int)value.Range.ConstValue;
        foreach (SpecialField field in FieldsOf(value).All)
        {
            if (field.Offset != at)
            {
                continue;
            }

            if (field.Kind is not (SpecialFieldKind.KptrReferenced or SpecialFieldKind.KptrPerCpu))
            {
                break;
            }

            facts.Kptr = field;
            return;
        }

        throw Reject(FindingIds.SpecialField, $"{Argument(helper, index)}: no referenced kernel pointer lies at offset {at}");
    }

    private void CheckKptrValue(HelperInfo helper, int index, in RegisterState value, ref CallFacts facts)
    {
        if (facts.Kptr is not { } field)
        {
            throw Reject(FindingIds.Argument, $"{Argument(helper, index)}: there is no kernel pointer to exchange");
        }

        if (value.Kind != RegisterKind.BtfPointer)
        {
            throw Reject(FindingIds.Argument, $"{Argument(helper, index)} is {Describe(value)}; a kernel pointer or 0 is expected");
        }

        if (value.RefId == 0)
        {
            throw Reject(FindingIds.Reference, $"{Argument(helper, index)} is {Describe(value)}, which holds no reference to give away");
        }

        RequireFieldType(Argument(helper, index), field, value);
    }
}
