using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Verifier.Domains;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.Profiles;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

internal sealed partial class PathWalker
{
    private void CheckLoad(in DecodedInstruction insn, in OpcodeInfo row)
    {
        RequireReadable(insn.Src);
        int size = row.Width / 8;
        bool signExtends = row.Operation == Operation.LoadSx;
        RegisterState pointer = Reg(insn.Src);
        if (row.Kind == OpKind.LoadAcquire)
        {
            RequireAtomicTarget(pointer);
            CheckAlignment(pointer, insn.Offset, size, always: true);
        }

        NotePointerKind(pointer);

        RegisterState loaded = ReadOrCheck(pointer, insn.Src, insn.Offset, size, signExtends);
        if (loaded.IsScalar && size < 8)
        {
            if (signExtends)
            {
                loaded.Range.SignExtend(size);
                loaded.Id = 0;
            }
            else
            {
                loaded.Range.Truncate(size);
            }
        }

        loaded.Origin = _slot;
        Reg(insn.Dst) = loaded;
    }

    private void CheckStore(in DecodedInstruction insn, in OpcodeInfo row)
    {
        RequireReadable(insn.Dst);
        RegisterState value;
        bool isImmediate = row.Operand != Operand.Reg;
        if (!isImmediate)
        {
            RequireReadable(insn.Src);
            value = Reg(insn.Src);
        }
        else
        {
            value = RegisterState.Const((ulong)insn.Imm);
        }

        if (row.Kind == OpKind.StoreRelease)
        {
            RequireAtomicTarget(Reg(insn.Dst));
            CheckAlignment(Reg(insn.Dst), insn.Offset, row.Width / 8, always: true);
        }

        NotePointerKind(Reg(insn.Dst));
        if (isImmediate && Reg(insn.Dst).Kind == RegisterKind.Context)
        {
            Need(KernelFeature.ContextImmediateStores);
        }

        WriteOrCheck(Reg(insn.Dst), insn.Dst, insn.Offset, row.Width / 8, value, isImmediate ? -1 : (int)insn.Src, isImmediate);
    }

    private void CheckAtomic(in DecodedInstruction insn, in OpcodeInfo row)
    {
        RequireReadable(insn.Dst);
        RequireReadable(insn.Src);
        if (row.Operation == Operation.Cmpxchg)
        {
            RequireReadable(Register.R0);
            RequireScalarOrLeak(Register.R0);
        }

        RequireScalarOrLeak(insn.Src);
        RegisterState pointer = Reg(insn.Dst);
        RequireAtomicTarget(pointer);
        int size = row.Width / 8;
        NotePointerKind(pointer);
        RegisterState old = UpdateOrCheck(pointer, insn.Dst, insn.Offset, size);
        if (old.IsScalar && size < 8)
        {
            old.Range.Truncate(size);
        }

        old.Origin = _slot;
        if (old.IsScalar)
        {
            old.Id = 0;
        }

        if (row.Operation == Operation.Cmpxchg)
        {
            Reg(Register.R0) = old;
        }
        else if (row.Fetches)
        {
            Reg(insn.Src) = old;
        }
    }

    private RegisterState Update(in RegisterState pointer, Register register, int offset, int size)
    {
        CheckAlignment(pointer, offset, size, always: true);
        RegisterState old = Read(pointer, register, offset, size, false);
        if (!old.IsScalar && !_program.AllowPointerLeaks)
        {
            throw Reject(FindingIds.PointerLeak, "an atomic operation on a spilled pointer would show its address");
        }

        Write(pointer, register, offset, size, RegisterState.UnknownScalar, -1, false);
        return old;
    }

    private void RequireAtomicTarget(in RegisterState pointer)
    {
        if (pointer.Kind is RegisterKind.Context or RegisterKind.Packet or RegisterKind.PacketMeta or RegisterKind.FlowKeys
            or RegisterKind.Socket or RegisterKind.SockCommon or RegisterKind.TcpSocket or RegisterKind.XdpSocket)
        {
            throw Reject(
                FindingIds.ReadOnly, $"atomic operation on {Describe(pointer)}", "atomics work on maps, memory and the stack");
        }
    }

    /// <summary>Checks a load and gives what it loads.</summary>
    private RegisterState Read(in RegisterState pointer, Register register, int offset, int size, bool signExtends)
    {
        CheckAlignment(pointer, offset, size);
        RequireDereferenceable(pointer, register);
        int fixedOffset = pointer.Offset + offset;
        switch (pointer.Kind)
        {
            case RegisterKind.Stack:
                return ReadStack(pointer, offset, size);
            case RegisterKind.MapValue:
                return ReadMapValue(pointer, offset, size, signExtends);
            case RegisterKind.MapKey:
                CheckRegion(pointer, fixedOffset, size, _program.Maps[pointer.Object].KeySize, FindingIds.MapBounds);
                break;
            case RegisterKind.Memory when pointer.Is(RegisterFlags.Untrusted | RegisterFlags.ReadOnly)
                && _program.Options.Mode != VerifierMode.InProcess:
                // The kernel lets such a load fault and gives 0; in process nothing catches it.
                break;
            case RegisterKind.Memory:
                CheckRegion(pointer, fixedOffset, size, pointer.Extra, FindingIds.MemoryBounds);
                break;
            case RegisterKind.Context:
                return ReadContext(pointer, offset, size, signExtends);
            case RegisterKind.Packet or RegisterKind.PacketMeta:
                CheckPacket(pointer, fixedOffset, size);
                break;
            case RegisterKind.FlowKeys:
                CheckFlowKeys(fixedOffset, size);
                break;
            case RegisterKind.Socket or RegisterKind.SockCommon or RegisterKind.TcpSocket or RegisterKind.XdpSocket:
                CheckSocket(pointer, fixedOffset, size);
                break;
            case RegisterKind.TracepointBuffer or RegisterKind.Buffer:
                CheckBuffer(pointer, fixedOffset);
                break;
            case RegisterKind.BtfPointer:
                return ReadBtf(pointer, offset, size);
            case RegisterKind.MapPointer:
                return ReadMapStructure(pointer, fixedOffset, size);
            case RegisterKind.Arena:
                break;
            case RegisterKind.NotInit or RegisterKind.Scalar or RegisterKind.PacketEnd or RegisterKind.Function
                or RegisterKind.Dynptr or RegisterKind.PerCpuVariable or RegisterKind.InstructionPointer:
            default:
                throw CannotDereference(pointer, register);
        }

        return RegisterState.UnknownScalar;
    }

    /// <summary>Checks a store and does it where the target is tracked.</summary>
    /// <param name="pointer">Where.</param>
    /// <param name="register">The register that holds the pointer.</param>
    /// <param name="offset">The instruction's offset.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="value">What is stored.</param>
    /// <param name="source">The register stored; -1 for none.</param>
    /// <param name="isImmediate">Whether a constant of the instruction is stored.</param>
    private void Write(
        in RegisterState pointer, Register register, int offset, int size, in RegisterState value, int source, bool isImmediate)
    {
        CheckAlignment(pointer, offset, size);
        RequireDereferenceable(pointer, register);
        int fixedOffset = pointer.Offset + offset;
        if (pointer.Kind != RegisterKind.Stack && value.IsPointer && !_program.AllowPointerLeaks)
        {
            throw Reject(
                FindingIds.PointerLeak, $"{Describe(value)} stored to {Describe(pointer)}: its address may not leave the program without CAP_PERFMON");
        }

        if (pointer.Is(RegisterFlags.ReadOnly))
        {
            throw Reject(FindingIds.ReadOnly, $"store to {Describe(pointer)}, which is read-only");
        }

        switch (pointer.Kind)
        {
            case RegisterKind.Stack:
                WriteStack(pointer, offset, size, value, source, isImmediate);
                break;
            case RegisterKind.MapValue:
                WriteMapValue(pointer, offset, size, value, source);
                break;
            case RegisterKind.Memory:
                CheckRegion(pointer, fixedOffset, size, pointer.Extra, FindingIds.MemoryBounds);
                break;
            case RegisterKind.Context:
                WriteContext(pointer, offset, size, value);
                break;
            case RegisterKind.Packet or RegisterKind.PacketMeta:
                RequirePacketWrites();
                CheckPacket(pointer, fixedOffset, size);
                break;
            case RegisterKind.FlowKeys:
                CheckFlowKeys(fixedOffset, size);
                break;
            case RegisterKind.TracepointBuffer or RegisterKind.Buffer:
                CheckBuffer(pointer, fixedOffset);
                break;
            case RegisterKind.BtfPointer:
                WriteBtf(pointer, offset, size);
                break;
            case RegisterKind.Arena:
                break;
            case RegisterKind.MapPointer:
                throw Reject(FindingIds.Encoding, $"store to {Describe(pointer)}, which is read-only");
            case RegisterKind.MapKey or RegisterKind.Socket or RegisterKind.SockCommon or RegisterKind.TcpSocket
                or RegisterKind.XdpSocket:
                throw Reject(FindingIds.ReadOnly, $"store to {Describe(pointer)}, which is read-only");
            case RegisterKind.NotInit or RegisterKind.Scalar or RegisterKind.PacketEnd or RegisterKind.Function
                or RegisterKind.Dynptr or RegisterKind.PerCpuVariable or RegisterKind.InstructionPointer:
            default:
                throw CannotDereference(pointer, register);
        }
    }

    private void RequireDereferenceable(in RegisterState pointer, Register register)
    {
        if (pointer.MaybeNull)
        {
            throw Reject(
                FindingIds.MaybeNull,
                $"r{(int)register} is {Describe(pointer)}, which may be null, and is dereferenced",
                "compare it with 0 on this path first: 'if (!p) return 0;'",
                Where(pointer));
        }

        if ((pointer.Flags & (RegisterFlags.User | RegisterFlags.PerCpu)) != 0 && pointer.Kind != RegisterKind.BtfPointer)
        {
            throw CannotDereference(pointer, register);
        }
    }

    private Rejection CannotDereference(in RegisterState pointer, Register register)
    {
        bool isNull = pointer.IsNull;
        return Reject(
            FindingIds.NotPointer,
            isNull ? $"r{(int)register} is null (the number 0) on this path, and is dereferenced" : $"r{(int)register} is {Describe(pointer)} and is dereferenced",
            isNull ? "compare the pointer with 0, or ask what says whether there is one, on this path first: 'if (!p) return 0;'"
            : pointer.IsScalar
                ? "keep the pointer in a register or a full 8-byte stack slot; kernel addresses need bpf_probe_read_kernel or CO-RE"
                : null,
            Where(pointer));
    }

    /// <summary>An instruction is rewritten for the kind of pointer it goes through: it must always be of one kind.</summary>
    private void NotePointerKind(in RegisterState pointer)
    {
        ref RegisterKind noted = ref _pointerKinds[_slot];
        bool isRewritten = IsRewritten(pointer.Kind);
        if (noted != RegisterKind.NotInit && noted != pointer.Kind && (isRewritten || IsRewritten(noted)))
        {
            throw Reject(
                FindingIds.ContextAccess, $"the same instruction goes through {Describe(pointer)} here and through another kind of pointer ({noted}) before",
                "use two instructions");
        }

        noted = pointer.Kind;
    }

    private static bool IsRewritten(RegisterKind kind) =>
        kind is RegisterKind.Context or RegisterKind.Socket or RegisterKind.SockCommon or RegisterKind.TcpSocket
            or RegisterKind.XdpSocket or RegisterKind.BtfPointer or RegisterKind.Arena;

    private void CheckAlignment(in RegisterState pointer, int offset, int size, bool always = false)
    {
        bool strict = always || _program.StrictAlignment || pointer.Kind == RegisterKind.Stack;
        if (!strict || size == 1 || pointer.Kind == RegisterKind.Arena)
        {
            return;
        }

        // The network header starts two bytes into a word where the machine wants alignment.
        int extra = pointer.IsPacket ? 2 : 0;
        Tnum address = Tnum.Add(pointer.Range.Bits, Tnum.Const((ulong)(long)(extra + pointer.Offset + offset)));
        if (!address.IsAligned((ulong)size))
        {
            throw Reject(
                pointer.Kind == RegisterKind.Context ? FindingIds.ContextAccess : FindingIds.Alignment,
                $"access of {size} bytes at {Describe(pointer)} offset {pointer.Offset + offset} is not aligned",
                $"align it to {size} bytes");
        }
    }

    private void CheckRegion(in RegisterState pointer, int offset, int size, int available, string id, bool allowEmpty = false)
    {
        ref readonly ScalarRange range = ref pointer.Range;
        if (range.SMin < 0 && (range.SMin == long.MinValue || range.SMin + offset < 0 || range.SMin + offset != (int)(range.SMin + offset)))
        {
            throw Reject(
                FindingIds.MemoryBounds, $"access of {size} bytes at {Describe(pointer)}: the offset may be negative ({range})",
                "use an unsigned index, or check that it is not negative", Where(pointer));
        }

        RequireInside(pointer, range.SMin + offset, size, available, id, allowEmpty);
        if (range.UMax >= MaxOffset)
        {
            throw Reject(
                FindingIds.MemoryBounds, $"access of {size} bytes at {Describe(pointer)}: the offset has no upper bound ({range})",
                $"bound the index first: 'if (index > {available - size}) return ...' or, for a power of two, 'index &= ...'; at most {available - size} fits {available} bytes",
                Where(pointer));
        }

        RequireInside(pointer, (long)range.UMax + offset, size, available, id, allowEmpty);
    }

    private void RequireInside(in RegisterState pointer, long at, int size, int available, string id, bool allowEmpty)
    {
        bool sizeIsGood = size > 0 || (size == 0 && allowEmpty);
        if (at >= 0 && sizeIsGood && at + size <= available)
        {
            return;
        }

        throw Reject(
            id, $"access of {size} bytes at offset {at} of {Describe(pointer)}, which has {available} bytes",
            pointer.Range.IsConst ? null : $"bound the index so that offset + {size} is at most {available}", Where(pointer));
    }

    private void CheckPacket(in RegisterState pointer, int offset, int size, bool allowEmpty = false)
    {
        if (pointer.Range.SMin < 0)
        {
            throw Reject(
                FindingIds.PacketBounds, $"access at {Describe(pointer)}: the offset may be negative ({pointer.Range})",
                "use an unsigned index, or check that it is not negative", Where(pointer));
        }

        bool sizeIsGood = size > 0 || (size == 0 && allowEmpty);
        if (pointer.Extra >= 0 && offset >= 0 && sizeIsGood && offset + (long)size <= pointer.Extra)
        {
            return;
        }

        string proven = pointer.Extra <= 0 ? "nothing" : $"{pointer.Extra} bytes";
        throw Reject(
            FindingIds.PacketBounds,
            $"access of {size} bytes at offset {offset} of {Describe(pointer)}, of which {proven} is proven to exist",
            $"compare first: 'if (p + {offset + size} > data_end) return ...', on this very pointer",
            Where(pointer));
    }

    private void RequirePacketWrites()
    {
        bool allowed = (_program.TypeInfo?.Traits & ProgramTypeTraits.WritesPacket) != 0;
        if (!allowed)
        {
            throw Reject(FindingIds.ReadOnly, $"programs of type {_program.Type} may not write packets");
        }

    }

    private void CheckFlowKeys(int offset, int size)
    {
        const int SizeOfFlowKeys = 56;
        if (offset < 0 || offset + size > SizeOfFlowKeys)
        {
            throw Reject(FindingIds.ContextAccess, $"access of {size} bytes at offset {offset} of the flow keys, which have {SizeOfFlowKeys} bytes");
        }
    }

    private void CheckSocket(in RegisterState pointer, int offset, int size)
    {
        RequireConstOffset(pointer);
        ContextAccess access = pointer.Kind switch
        {
            RegisterKind.Socket => ContextTable.SocketAccess,
            RegisterKind.TcpSocket => ContextTable.TcpSocketAccess,
            _ => ContextTable.SockCommonAccess,
        };
        if (pointer.Kind == RegisterKind.XdpSocket)
        {
            if (offset == 0 && size == 4)
            {
                return;
            }
        }
        else if (access.TryRead(offset, size, out _))
        {
            return;
        }

        throw Reject(FindingIds.BtfAccess, $"load of {size} bytes at offset {offset} of {Describe(pointer)}: no such field");
    }

    private void CheckBuffer(in RegisterState pointer, int offset)
    {
        if (offset < 0)
        {
            throw Reject(FindingIds.MemoryBounds, $"access at offset {offset} of {Describe(pointer)}");
        }

        if (!pointer.Range.IsConst || pointer.Range.ConstValue != 0)
        {
            throw Reject(FindingIds.MemoryBounds, $"access at a variable offset ({pointer.Range}) of {Describe(pointer)}");
        }
    }

    private void RequireConstOffset(in RegisterState pointer)
    {
        if (!pointer.Range.IsConst || pointer.Range.ConstValue != 0)
        {
            throw Reject(
                pointer.Kind == RegisterKind.Context ? FindingIds.ContextAccess : FindingIds.PointerArithmetic,
                $"access at a variable offset ({pointer.Range}) of {Describe(pointer)}", "offsets must be constants here", Where(pointer));
        }
    }
}
