using BpfSharp.Isa;
using BpfSharp.Verifier.Domains;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

internal sealed partial class PathWalker
{
    private const int MaxOffset = 1 << 29;

    private void CheckAlu(in DecodedInstruction insn, in OpcodeInfo row)
    {
        bool is32 = row.Width == 32;
        if (row.Operation is Operation.Mov or Operation.MovSx)
        {
            CheckMove(insn, row, is32);
            return;
        }

        RequireReadable(insn.Dst);
        RegisterState source;
        if (row.Operand == Operand.Reg)
        {
            RequireReadable(insn.Src);
            source = Reg(insn.Src);
        }
        else
        {
            source = RegisterState.Const((ulong)insn.Imm);
        }

        ref RegisterState target = ref Reg(insn.Dst);
        if (target.IsPointer && row.Operation == Operation.Neg)
        {
            RequireNumber(insn.Dst);
            target = RegisterState.UnknownScalar;
        }
        else if (target.Kind == RegisterKind.Arena)
        {
            // Any arithmetic is allowed: every access takes the low 32 bits as a place in the arena, which is surrounded by nothing.
            target.Range = ScalarRange.Unknown;
        }
        else if (target.IsPointer)
        {
            if (source.IsPointer)
            {
                CheckPointerWithPointer(insn, row, is32);
            }
            else
            {
                if (row.Operand == Operand.Reg)
                {
                    MarkPrecise(insn.Src);
                }

                RegisterState pointer = target;
                AddToPointer(insn, row, is32, pointer, source);
            }
        }
        else if (source.IsPointer)
        {
            // number op pointer: only an addition makes a pointer again.
            MarkPrecise(insn.Dst);
            RegisterState number = target;
            AddToPointer(insn, row, is32, source, number);
        }
        else
        {
            ComputeScalar(insn, row, is32, source);
        }

        Reg(insn.Dst).Origin = _slot;
    }

    private void CheckEndian(in DecodedInstruction insn, in OpcodeInfo row)
    {
        RequireReadable(insn.Dst);
        RequireNumber(insn.Dst);
        ref RegisterState target = ref Reg(insn.Dst);
        if (!target.IsScalar || !_program.Rules.KnownByteSwaps)
        {
            target = RegisterState.UnknownScalar;
        }
        else if (ScalarMath.ApplyEndian(row.Operation, row.Width, ref target.Range))
        {
            // Another number than its copies now.
            target.Id = 0;
            target.HasDelta = false;
            target.Offset = 0;
        }

        target.Origin = _slot;
    }

    private void CheckMove(in DecodedInstruction insn, in OpcodeInfo row, bool is32)
    {
        ref RegisterState target = ref Reg(insn.Dst);
        if (row.Operand == Operand.Imm)
        {
            target = RegisterState.Const(is32 ? (uint)insn.Imm : (ulong)insn.Imm);
            target.Origin = _slot;
            return;
        }

        RequireReadable(insn.Src);
        ref RegisterState source = ref Reg(insn.Src);
        if (row.Operation == Operation.MovSx)
        {
            CheckSignExtendingMove(insn, is32, ref source, ref target);
        }
        else if (!is32)
        {
            EnsureId(ref source);
            target = source;
        }
        else if (source.IsPointer)
        {
            if (source.Kind == RegisterKind.Arena)
            {
                target = RegisterState.UnknownScalar;
                target.Range.Truncate(4);
            }
            else
            {
                RequireScalarOrLeak(insn.Src);
                target = RegisterState.UnknownScalar;
                target.Range.Truncate(4);
            }
        }
        else
        {
            // A 32-bit move of a number that fits is a copy, and stays linked to it.
            bool fits = source.Range.UMax <= uint.MaxValue;
            if (fits)
            {
                EnsureId(ref source);
            }

            target = source;
            if (!fits)
            {
                target.Id = 0;
                target.HasDelta = false;
                target.Range.ZeroExtend32();
            }
        }

        target.Origin = _slot;
    }

    private void CheckSignExtendingMove(in DecodedInstruction insn, bool is32, ref RegisterState source, ref RegisterState target)
    {
        int bytes = insn.Offset / 8;
        if (source.IsPointer)
        {
            RequireScalarOrLeak(insn.Src);
            target = RegisterState.UnknownScalar;
            if (is32)
            {
                target.Range.ZeroExtend32();
            }

            return;
        }

        long half = 1L << ((bytes * 8) - 1);
        bool fits = source.Range.UMax < (ulong)half;
        if (fits)
        {
            EnsureId(ref source);
        }

        target = source;
        if (fits)
        {
            return;
        }

        target.Id = 0;
        target.HasDelta = false;
        if (is32)
        {
            target.Range.SignExtend32(bytes);
        }
        else
        {
            target.Range.SignExtend(bytes);
        }
    }

    /// <summary>Gives a number that is copied an id, so that what is learnt of one copy holds for all.</summary>
    private void EnsureId(ref RegisterState register)
    {
        if (register.Kind != RegisterKind.Scalar || register.Range.IsConst)
        {
            return;
        }

        if (register.HasDelta)
        {
            register.Id = 0;
            register.HasDelta = false;
            register.Offset = 0;
        }

        if (register.Id == 0)
        {
            register.Id = NextId();
        }
    }

    private void ComputeScalar(in DecodedInstruction insn, in OpcodeInfo row, bool is32, in RegisterState source)
    {
        if (IsMasked(row))
        {
            RequireOneMask((NumbersAlone, 0));
        }

        ref RegisterState target = ref Reg(insn.Dst);
        bool isHalf = target.Range.UMax <= uint.MaxValue;
        ScalarMath.Apply(row.Operation, is32, ref target.Range, source.Range);
        bool isItself = row.Operand == Operand.Reg && insn.Src == insn.Dst;
        if (target.Id != 0 && !target.HasDelta && !isItself && (isHalf || !is32)
            && FindDelta(row.Operation, is32, source) is { } delta)
        {
            // r1 = r2; r1 += 4 keeps r1 and r2 linked, four apart. In 32 bits that holds only of numbers that have no more.
            target.HasDelta = true;
            target.Delta32 = is32;
            target.Offset = delta;
            return;
        }

        target.Id = 0;
        target.HasDelta = false;
        target.Offset = 0;
    }

    private int? FindDelta(Operation operation, bool is32, in RegisterState source)
    {
        if (!_program.Rules.LinkedSums || !source.IsScalar || (is32 ? !source.Range.IsConst32 : !source.Range.IsConst))
        {
            return null;
        }

        long value = is32 ? (int)source.Range.ConstValue : (long)source.Range.ConstValue;
        if (operation == Operation.Add && !is32 && value is >= 0 and <= int.MaxValue)
        {
            return (int)value;
        }

        if (!_program.Rules.LinkedDifferences || value != (int)value)
        {
            return null;
        }

        return operation switch
        {
            Operation.Add => (int)value,
            Operation.Sub when value != int.MinValue => -(int)value,
            _ => null,
        };
    }

    private void CheckPointerWithPointer(in DecodedInstruction insn, in OpcodeInfo row, bool is32)
    {
        ref RegisterState target = ref Reg(insn.Dst);
        // Subtracting two pointers gives a number; nothing else is allowed, and only to those who may see addresses.
        if (row.Operation == Operation.Sub && _program.AllowPointerLeaks)
        {
            target = RegisterState.UnknownScalar;
            if (is32)
            {
                target.Range.ZeroExtend32();
            }

            return;
        }

        throw Reject(
            FindingIds.PointerArithmetic,
            $"{Describe(target)} {Symbol(row.Operation)} {Describe(Reg(insn.Src))}: two pointers cannot be combined so",
            "only pointer - pointer is a number");
    }

    private void AddToPointer(in DecodedInstruction insn, in OpcodeInfo row, bool is32, RegisterState pointer, RegisterState number)
    {
        ref RegisterState target = ref Reg(insn.Dst);
        bool pointerIsTarget = target.IsPointer;
        if (is32)
        {
            if (row.Operation == Operation.Sub && _program.AllowPointerLeaks)
            {
                target = RegisterState.UnknownScalar;
                target.Range.ZeroExtend32();
                return;
            }

            throw Reject(
                FindingIds.PointerArithmetic, $"32-bit arithmetic on {Describe(pointer)}", "pointers need 64-bit arithmetic");
        }

        if (pointer.MaybeNull)
        {
            throw Reject(
                FindingIds.MaybeNull, $"arithmetic on {Describe(pointer)}, which may be null", "compare it with 0 first");
        }

        if (row.Operation is not (Operation.Add or Operation.Sub))
        {
            throw Reject(
                FindingIds.PointerArithmetic, $"operator {Symbol(row.Operation)} on {Describe(pointer)}",
                "only + and - keep a pointer a pointer");
        }

        if (row.Operation == Operation.Sub && !pointerIsTarget)
        {
            throw Reject(FindingIds.PointerArithmetic, $"a number minus {Describe(pointer)}", "subtract the number from the pointer");
        }

        if (row.Operation == Operation.Sub && pointer.Kind == RegisterKind.Stack)
        {
            throw Reject(FindingIds.PointerArithmetic, "subtraction from a stack pointer", "add a negative number instead");
        }

        switch (pointer.Kind)
        {
            case RegisterKind.MapPointer when number.IsNull:
                break;
            case RegisterKind.MapPointer or RegisterKind.PacketEnd or RegisterKind.Socket or RegisterKind.SockCommon
                or RegisterKind.TcpSocket or RegisterKind.XdpSocket or RegisterKind.Dynptr:
            case RegisterKind.FlowKeys when !number.Range.IsConst:
            case RegisterKind.Function or RegisterKind.PerCpuVariable or RegisterKind.InstructionPointer:
                throw Reject(FindingIds.PointerArithmetic, $"arithmetic on {Describe(pointer)}, which may not be moved");
            case RegisterKind.NotInit or RegisterKind.Scalar or RegisterKind.Context or RegisterKind.MapValue
                or RegisterKind.MapKey or RegisterKind.Stack or RegisterKind.PacketMeta or RegisterKind.Packet
                or RegisterKind.FlowKeys or RegisterKind.TracepointBuffer or RegisterKind.Buffer or RegisterKind.BtfPointer
                or RegisterKind.Memory or RegisterKind.Arena:
            default:
                break;
        }

        CheckSaneOffset(pointer, number);
        bool masked = IsMasked(row);
        uint limitBefore = masked ? RequireSpeculationSafe(row.Operation, pointer, number, pointerIsTarget) : 0;
        RegisterState result = pointer;
        result.RefId = pointer.RefId;
        ref readonly ScalarRange amount = ref number.Range;
        if (amount.IsConst)
        {
            long delta = row.Operation == Operation.Add ? (long)amount.ConstValue : -(long)amount.ConstValue;
            long offset = pointer.Offset + delta;
            if (offset == (int)offset)
            {
                result.Offset = (int)offset;
                target = result;
                CheckMoved(target);
                if (masked)
                {
                    RequireOneMask(row.Operation, target, number, pointerIsTarget, limitBefore);
                }

                return;
            }
        }

        ScalarMath.Apply(row.Operation, false, ref result.Range, amount);
        if (pointer.IsPacket)
        {
            // A new variable part: nothing is proven for it yet.
            result.Id = NextId();
            if (row.Operation == Operation.Add || amount.SMin < 0)
            {
                result.Extra = 0;
            }
        }

        target = result;
        CheckMoved(target);
        if (masked)
        {
            RequireOneMask(row.Operation, target, number, pointerIsTarget, limitBefore);
        }
    }

    private void CheckSaneOffset(in RegisterState pointer, in RegisterState number)
    {
        ref readonly ScalarRange range = ref number.Range;
        bool isConst = range.IsConst;
        if (isConst && ((long)range.ConstValue >= MaxOffset || (long)range.ConstValue <= -MaxOffset))
        {
            throw Reject(
                FindingIds.PointerArithmetic, $"{Describe(pointer)} moved by {(long)range.ConstValue}; allowed are less than 2^29 bytes");
        }

        if (range.SMin == long.MinValue)
        {
            throw Reject(
                FindingIds.PointerArithmetic,
                $"{Describe(pointer)} moved by a number without lower bound ({range})",
                "check that the number is not negative, or mask it, before adding it",
                Where(number));
        }

        if (range.SMin >= MaxOffset || range.SMin <= -MaxOffset)
        {
            throw Reject(
                FindingIds.PointerArithmetic, $"{Describe(pointer)} moved by {range}: the lower bound is out of reach (2^29 bytes)",
                "bound the number before adding it", Where(number));
        }
    }

    private void CheckMoved(in RegisterState pointer)
    {
        if (pointer.Offset is >= MaxOffset or <= -MaxOffset)
        {
            throw Reject(FindingIds.PointerArithmetic, $"{Describe(pointer)}: offset {pointer.Offset} is out of reach (2^29 bytes)");
        }

        if (pointer.Range.SMin is >= MaxOffset or <= -MaxOffset)
        {
            throw Reject(
                FindingIds.PointerArithmetic, $"{Describe(pointer)}: its variable offset may be {pointer.Range.SMin}, out of reach (2^29 bytes)",
                "bound the number before adding it");
        }

        if (!_program.AllowPointerLeaks)
        {
            CheckMovedUnprivileged(pointer);
        }
    }

    /// <summary>The weak may not even form a pointer outside of its object: a processor could follow it.</summary>
    private void CheckMovedUnprivileged(in RegisterState pointer)
    {
        if (pointer.Kind == RegisterKind.Stack)
        {
            if (!pointer.Range.IsConst)
            {
                throw Reject(FindingIds.PointerArithmetic, "variable stack offsets are not allowed without CAP_PERFMON");
            }

            long offset = pointer.Offset + (long)pointer.Range.ConstValue;
            if (offset is >= 0 or < -512)
            {
                throw Reject(FindingIds.PointerArithmetic, $"stack pointer at {offset} is out of range without CAP_PERFMON");
            }
        }
        else if (pointer.Kind == RegisterKind.MapValue)
        {
            int size = _program.Maps[pointer.Object].ValueSize;
            if (pointer.Offset + pointer.Range.SMin < 0 || pointer.Offset + (Int128)pointer.Range.UMax >= size)
            {
                throw Reject(
                    FindingIds.PointerArithmetic, $"{Describe(pointer)} leaves the value ({size} bytes); not allowed without CAP_PERFMON");
            }

            if (FindSpecialField(_program.Maps[pointer.Object].Fields, pointer, pointer.Offset, 1) is { } field)
            {
                throw Reject(
                    FindingIds.PointerArithmetic, $"{Describe(pointer)} may point into the {field.Kind} at offset {field.Offset}; not allowed without CAP_PERFMON",
                    "take the address of the field without arithmetic: put it first");
            }
        }
    }

    /// <summary>Pointers turned into numbers are shown only to those who may see addresses.</summary>
    private void RequireScalarOrLeak(Register register)
    {
        if (!_program.AllowPointerLeaks && Reg(register).IsPointer)
        {
            throw Reject(
                FindingIds.PointerLeak, $"r{(int)register} is {Describe(Reg(register))}: its address may not become a number without CAP_PERFMON");
        }
    }

    private void RequireNumber(Register register)
    {
        if (!_program.AllowPointerLeaks && Reg(register).IsPointer)
        {
            throw Reject(
                FindingIds.PointerArithmetic, $"r{(int)register} is {Describe(Reg(register))}: no negation or byte swap of it without CAP_PERFMON",
                "compute with numbers, or load with CAP_PERFMON");
        }
    }

    private void CheckAddressSpaceCast(in DecodedInstruction insn)
    {
        RequireReadable(insn.Src);
        if (insn.Imm is not (1L << 16) and not 1)
        {
            throw Reject(FindingIds.Encoding, $"address space cast 0x{insn.Imm:x}; allowed are 1 and 0x10000");
        }

        if (!_program.Maps.Exists(m => m.Type == Maps.MapType.Arena))
        {
            throw Reject(FindingIds.MapUse, "an address space cast needs an arena");
        }

        ref RegisterState target = ref Reg(insn.Dst);
        RegisterState source = Reg(insn.Src);
        if (insn.Imm == 1)
        {
            target = RegisterState.Pointer(RegisterKind.Arena);
            target.Range = ScalarRange.Unknown;
        }
        else
        {
            target = RegisterState.UnknownScalar;
        }

        target.Origin = _slot;
        _ = source;
    }

    private static string Symbol(Operation operation) => operation switch
    {
        Operation.Add => "+",
        Operation.Sub => "-",
        Operation.Mul => "*",
        Operation.Div or Operation.SDiv => "/",
        Operation.Mod or Operation.SMod => "%",
        Operation.And => "&",
        Operation.Or => "|",
        Operation.Xor => "^",
        Operation.Lsh => "<<",
        Operation.Rsh => ">>",
        Operation.Arsh => "s>>",
        _ => operation.ToString(),
    };
}
