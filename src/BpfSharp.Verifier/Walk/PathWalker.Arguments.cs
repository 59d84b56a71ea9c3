using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Maps;
using BpfSharp.Verifier.Domains;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

internal sealed partial class PathWalker
{
    private void CheckArgument(HelperInfo helper, int index, ref CallFacts facts)
    {
        HelperArgument argument = helper.Arguments[index];
        Register register = (Register)(index + 1);
        RequireReadable(register);
        RegisterState value = Reg(register);
        HelperArgumentKind kind = argument.Kind;
        bool reads = (argument.Traits & HelperArgumentTraits.Reads) != 0;
        bool writes = (argument.Traits & HelperArgumentTraits.Writes) != 0;
        bool releases = (argument.Traits & HelperArgumentTraits.Releases) != 0;
        if (kind == HelperArgumentKind.Anything)
        {
            RequireScalarOrLeak(register);
            return;
        }

        if (facts.Map is { } known && kind == HelperArgumentKind.MapValue && known.Type is MapType.SockMap or MapType.SockHash)
        {
            kind = HelperArgumentKind.BtfSocket;
        }

        if (releases)
        {
            facts.ReleasedRegister = (int)register;
        }

        if (argument.IsNullable && value.IsNull)
        {
            return;
        }

        if (value.MaybeNull && !argument.IsNullable)
        {
            throw Reject(
                FindingIds.MaybeNull, $"{Argument(helper, index)} is {Describe(value)}, which may be null",
                "compare it with 0 first", Where(value));
        }

        if (value.RefId != 0 && value.Kind != RegisterKind.Stack)
        {
            facts.ReferenceId = value.RefId;
        }

        switch (kind)
        {
            case HelperArgumentKind.Scalar:
                RequireScalar(helper, index, value);
                break;
            case HelperArgumentKind.Context:
                RequireKind(helper, index, value, value.Kind == RegisterKind.Context);
                RequireUnmovedArgument(helper, index, value);
                break;
            case HelperArgumentKind.Map:
                RequireKind(helper, index, value, value.Kind == RegisterKind.MapPointer);
                facts.Map = _program.Maps[value.Object];
                facts.MapIdentity = value.Extra;
                break;
            case HelperArgumentKind.MapKey:
                MapInfo keyed = facts.Map ?? throw Reject(FindingIds.Argument, $"{helper.FullName} got no map before its key");
                RequireMemory(helper, index, value);
                UseMemory(helper, index, value, keyed.KeySize, true, false, false);
                facts.KeyIsInRange = _program.Rules.ConstantKeyLookups && IsConstantKeyInRange(keyed, value);
                break;
            case HelperArgumentKind.MapValue:
                MapInfo valued = facts.Map ?? throw Reject(FindingIds.Argument, $"{helper.FullName} got no map before its value");
                RequireMemory(helper, index, value);
                UseMemory(helper, index, value, valued.ValueSize, reads, writes, false);
                break;
            case HelperArgumentKind.Memory:
                RequireMemory(helper, index, value);
                if (argument.Size > 0)
                {
                    UseMemory(helper, index, value, argument.Size, reads, writes, false);
                    if ((argument.Traits & HelperArgumentTraits.Aligned) != 0)
                    {
                        CheckAlignment(value, 0, argument.Size, always: true);
                    }
                }

                break;
            case HelperArgumentKind.Size or HelperArgumentKind.SizeOrZero:
                CheckSize(helper, index, value, kind == HelperArgumentKind.SizeOrZero, ref facts);
                break;
            case HelperArgumentKind.AllocationSize:
                RequireScalar(helper, index, value);
                if (!value.Range.IsConst)
                {
                    throw Reject(FindingIds.Argument, $"{Argument(helper, index)} must be a constant; it is {value.Range}");
                }

                MarkPrecise(register);
                facts.AllocationSize = value.Range.ConstValue <= int.MaxValue ? (int)value.Range.ConstValue : int.MaxValue;
                break;
            case HelperArgumentKind.RingRecord:
                RequireKind(helper, index, value, value.Kind == RegisterKind.Memory && value.Is(RegisterFlags.RingRecord));
                RequireUnmovedArgument(helper, index, value);
                break;
            case HelperArgumentKind.SockCommon:
                RequireKind(helper, index, value, IsSocket(value));
                RequireUnmovedArgument(helper, index, value);
                break;
            case HelperArgumentKind.Socket:
                RequireKind(helper, index, value, value.Kind == RegisterKind.Socket || IsTypedAs(value, "sock"));
                RequireUnmovedArgument(helper, index, value);
                break;
            case HelperArgumentKind.BtfSocket:
                RequireKind(helper, index, value, IsSocket(value) || value.Kind == RegisterKind.BtfPointer);
                RequireTyped(helper, index, value, "sock_common");
                RequireUnmovedArgument(helper, index, value, releases);
                break;
            case HelperArgumentKind.BtfPointer:
                RequireKind(helper, index, value, value.Kind == RegisterKind.BtfPointer || (argument.Type == "sock_common" && IsSocket(value)));
                RequireTyped(helper, index, value, argument.Type);
                if (facts.FirstType == 0)
                {
                    facts.FirstType = value.Object;
                }

                break;
            case HelperArgumentKind.PerCpuVariable:
                RequireKind(
                    helper, index, value,
                    value.Kind == RegisterKind.PerCpuVariable || (value.Kind == RegisterKind.BtfPointer && value.Is(RegisterFlags.PerCpu)));
                facts.BtfType = value.Object;
                facts.SlicedDynptr = value;
                break;
            case HelperArgumentKind.Function:
                RequireKind(helper, index, value, value.Kind == RegisterKind.Function);
                facts.Function = value.Object;
                facts.HasFunction = true;
                break;
            case HelperArgumentKind.Stack:
                RequireKind(helper, index, value, value.Kind == RegisterKind.Stack);
                break;
            case HelperArgumentKind.ConstantString:
                CheckConstantString(helper, index, value);
                break;
            case HelperArgumentKind.SpinLock:
                ProcessSpinLock(helper.Name == "spin_lock", value, SpecialFieldKind.SpinLock);
                break;
            case HelperArgumentKind.Timer:
                CheckTimer(helper, index, value, ref facts);
                break;
            case HelperArgumentKind.KptrSlot:
                CheckKptrSlot(helper, index, value, ref facts);
                break;
            case HelperArgumentKind.KptrValue:
                CheckKptrValue(helper, index, value, ref facts);
                break;
            case HelperArgumentKind.Dynptr:
                CheckDynptrArgument(helper, index, value, argument.Traits, ref facts);
                break;
            case HelperArgumentKind.Anything:
            default:
                break;
        }

        if (releases && facts.DynptrId == 0 && value.RefId == 0 && kind != HelperArgumentKind.KptrValue)
        {
            throw Reject(
                FindingIds.Reference, $"{Argument(helper, index)} is {Describe(value)}, which holds no reference to release");
        }
    }

    private static string Argument(HelperInfo helper, int index) =>
        $"argument {index + 1} ('{helper.Arguments[index].Name}') of {helper.FullName}";

    private void RequireScalar(HelperInfo helper, int index, in RegisterState value)
    {
        if (!value.IsScalar)
        {
            throw Reject(FindingIds.Argument, $"{Argument(helper, index)} is {Describe(value)}; a number is expected");
        }
    }

    private void RequireKind(HelperInfo helper, int index, in RegisterState value, bool holds)
    {
        if (!holds)
        {
            string expected = helper.Arguments[index].Kind.ToString();
            throw Reject(
                helper.Arguments[index].Kind == HelperArgumentKind.Dynptr ? FindingIds.Protocol : FindingIds.Argument,
                $"{Argument(helper, index)} is {Describe(value)}; expected is {expected}", null, Where(value));
        }
    }

    private void RequireUnmovedArgument(HelperInfo helper, int index, in RegisterState value, bool needsZero = true)
    {
        if (!value.Range.IsConst || value.Range.ConstValue != 0 || (value.Offset != 0 && needsZero))
        {
            if (value.Kind == RegisterKind.BtfPointer && value.Range.IsConst && value.Range.ConstValue == 0)
            {
                return;
            }

            throw Reject(
                value.Kind == RegisterKind.Context ? FindingIds.ContextAccess : FindingIds.Argument,
                $"{Argument(helper, index)} is {Describe(value)} moved by {value.Offset}; it must be unmoved");
        }
    }

    private static bool IsSocket(in RegisterState value) =>
        value.Kind is RegisterKind.Socket or RegisterKind.SockCommon or RegisterKind.TcpSocket or RegisterKind.XdpSocket;

    private void RequireMemory(HelperInfo helper, int index, in RegisterState value)
    {
        bool isMemory = value.Kind is RegisterKind.Stack or RegisterKind.Packet or RegisterKind.PacketMeta or RegisterKind.MapKey
            or RegisterKind.MapValue or RegisterKind.Memory or RegisterKind.Buffer
            || (value.Kind == RegisterKind.BtfPointer && helper.Arguments[index].Kind == HelperArgumentKind.Memory
                && !value.Is(RegisterFlags.PerCpu) && !value.Is(RegisterFlags.User))
            || (value.Kind == RegisterKind.Context && _program.Type == ProgramType.Syscall);
        // Nothing of size zero may be described by any number: its size argument decides.
        bool isEmpty = value.IsNull && NextIsZero(helper, index);
        if (isMemory && (value.Flags & (RegisterFlags.User | RegisterFlags.PerCpu)) == 0)
        {
            return;
        }

        if (!isEmpty)
        {
            RequireKind(helper, index, value, false);
        }
    }

    private bool NextIsZero(HelperInfo helper, int index)
    {
        if (index + 1 >= helper.Arguments.Length || helper.Arguments[index + 1].Kind != HelperArgumentKind.SizeOrZero
            || !helper.Arguments[index].IsNullable)
        {
            return false;
        }

        return Reg((Register)(index + 2)).IsNull;
    }

    private void CheckSize(HelperInfo helper, int index, in RegisterState value, bool allowEmpty, ref CallFacts facts)
    {
        RequireScalar(helper, index, value);
        ref readonly ScalarRange range = ref value.Range;
        if (range.SMin < 0)
        {
            throw Reject(
                FindingIds.MemoryBounds, $"{Argument(helper, index)} may be negative ({range})",
                "use an unsigned number, mask it, or check that it is not negative", Where(value));
        }

        if (range.UMin == 0 && !allowEmpty)
        {
            throw Reject(
                FindingIds.MemoryBounds, $"{Argument(helper, index)} may be 0 ({range}); an empty buffer is not allowed here",
                "check that it is at least 1", Where(value));
        }

        if (range.UMax >= MaxOffset)
        {
            throw Reject(
                FindingIds.MemoryBounds, $"{Argument(helper, index)} has no upper bound ({range})",
                "mask it ('size & 0x3f') or compare it with a constant first", Where(value));
        }

        HelperArgument memory = helper.Arguments[index - 1];
        RegisterState pointer = Reg((Register)index);
        bool reads = (memory.Traits & HelperArgumentTraits.Reads) != 0;
        bool writes = (memory.Traits & HelperArgumentTraits.Writes) != 0;
        if (!(pointer.IsNull && memory.IsNullable) || range.UMax != 0)
        {
            if (pointer.IsNull && memory.IsNullable && range.UMax > 0)
            {
                throw Reject(
                    FindingIds.Argument, $"{Argument(helper, index - 1)} is null, but its size may be {range.UMax}");
            }

            // A buffer of variable size is only written up to the size at run time, so what lies behind must be readable.
            bool mustBeReadable = !range.IsConst && (!writes || !AllowUninitStack);
            UseMemory(helper, index - 1, pointer, (int)range.UMax, reads || mustBeReadable, writes, allowEmpty);
        }

        MarkPrecise((Register)(index + 1));
        facts.SizeMax = (int)range.UMax;
        facts.HasSize = true;
    }

    /// <summary>Checks memory a helper reads or writes.</summary>
    private void UseMemory(HelperInfo helper, int index, in RegisterState pointer, int size, bool reads, bool writes, bool allowEmpty)
    {
        int offset = pointer.Offset;
        switch (pointer.Kind)
        {
            case RegisterKind.Stack:
                UseStack(pointer, size, reads, writes, allowEmpty);
                break;
            case RegisterKind.Packet or RegisterKind.PacketMeta:
                if (!helper.Has(HelperTraits.PacketAccess))
                {
                    throw Reject(
                        FindingIds.Argument, $"{Argument(helper, index)} points into the packet, which {helper.FullName} may not access",
                        "copy the bytes to the stack first");
                }

                if ((_program.TypeInfo?.Traits & ProgramTypeTraits.ReadsPacket) == 0)
                {
                    throw Reject(FindingIds.Argument, "helper access to the packet is not allowed here");
                }

                CheckPacket(pointer, offset, size, allowEmpty);
                break;
            case RegisterKind.MapKey:
                if (writes)
                {
                    throw Reject(FindingIds.ReadOnly, $"{Argument(helper, index)} is a map key, which may not be written");
                }

                CheckRegion(pointer, offset, size, _program.Maps[pointer.Object].KeySize, FindingIds.MapBounds, allowEmpty);
                break;
            case RegisterKind.MapValue:
                MapInfo map = _program.Maps[pointer.Object];
                if (writes && map.IsReadOnlyForProgram)
                {
                    throw Reject(FindingIds.ReadOnly, $"{helper.FullName} would write to {map}, which programs may only read");
                }

                if (reads && map.IsWriteOnlyForProgram)
                {
                    throw Reject(FindingIds.MapUse, $"{helper.FullName} would read from {map}, which programs may only write");
                }

                CheckRegion(pointer, offset, size, map.ValueSize, FindingIds.MapBounds, allowEmpty);
                RequireNoSpecialField(map.Fields, pointer, offset, size);
                break;
            case RegisterKind.Memory:
                if (writes && pointer.Is(RegisterFlags.ReadOnly))
                {
                    throw Reject(FindingIds.ReadOnly, $"{helper.FullName} would write to {Describe(pointer)}, which is read-only");
                }

                CheckRegion(pointer, offset, size, pointer.Extra, FindingIds.MemoryBounds, allowEmpty);
                break;
            case RegisterKind.Buffer:
                if (writes && pointer.Is(RegisterFlags.ReadOnly))
                {
                    throw Reject(FindingIds.ReadOnly, $"{helper.FullName} would write to {Describe(pointer)}, which is read-only");
                }

                CheckBuffer(pointer, offset);
                break;
            case RegisterKind.BtfPointer:
                UseBtf(pointer, size, writes);
                break;
            case RegisterKind.Context when _program.Type == ProgramType.Syscall:
                break;
            case RegisterKind.NotInit or RegisterKind.Scalar or RegisterKind.Context or RegisterKind.MapPointer
                or RegisterKind.PacketEnd or RegisterKind.FlowKeys or RegisterKind.Socket or RegisterKind.SockCommon
                or RegisterKind.TcpSocket or RegisterKind.XdpSocket or RegisterKind.TracepointBuffer or RegisterKind.Arena
                or RegisterKind.Function or RegisterKind.Dynptr or RegisterKind.PerCpuVariable
                or RegisterKind.InstructionPointer:
            default:
                if (!(allowEmpty && size == 0 && pointer.IsNull))
                {
                    RequireKind(helper, index, pointer, false);
                }

                break;
        }
    }

    private bool IsConstantKeyInRange(MapInfo map, in RegisterState key)
    {
        if (map.Type is not (MapType.Array or MapType.PerCpuArray) || map.KeySize != 4
            || key.Kind != RegisterKind.Stack || !key.Range.IsConst)
        {
            return false;
        }

        int at = key.Offset + (int)key.Range.ConstValue;
        FrameState frame = FrameOf(key);
        int index = SlotOf(at);
        if (at >= 0 || index >= frame.StackSlots)
        {
            return false;
        }

        ref StackSlot slot = ref frame.Stack[index];
        int start = at & 7;
        bool allZero = true;
        int spilled = 0;
        for (int i = 0; i < 4; i++)
        {
            allZero &= slot[(start + i) & 7] == SlotByte.Zero;
        }

        for (int i = 0; i < 8 && slot[i] == SlotByte.Spill; i++)
        {
            spilled++;
        }

        if (allZero)
        {
            return map.Spec.MaxEntries > 0;
        }

        if (start != 0 || spilled != 4 || !slot.Spilled.IsConstScalar)
        {
            return false;
        }

        if ((uint)slot.Spilled.Range.ConstValue >= map.Spec.MaxEntries)
        {
            return false;
        }

        Remember(frame.Number, index, 0);
        _backtracker.MarkSlot(_state, _slot, frame.Number, index);
        return true;
    }

    private void CheckConstantString(HelperInfo helper, int index, in RegisterState value)
    {
        RequireKind(helper, index, value, value.Kind == RegisterKind.MapValue);
        MapInfo map = _program.Maps[value.Object];
        if (!map.IsFrozen)
        {
            throw Reject(FindingIds.Argument, $"{Argument(helper, index)} must lie in read-only data");
        }

        if (!value.Range.IsConst)
        {
            throw Reject(FindingIds.Argument, $"{Argument(helper, index)} must be at a constant address");
        }

        long at = value.Offset + (long)value.Range.ConstValue;
        ReadOnlySpan<byte> data = map.Spec.InitialData;
        if (at < 0 || at >= data.Length || data[(int)at..].IndexOf((byte)0) < 0)
        {
            throw Reject(FindingIds.Argument, $"{Argument(helper, index)} is not a zero-terminated string");
        }
    }
}
