using BpfSharp.Isa;
using BpfSharp.Verifier.Domains;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.Pruning;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

internal sealed partial class PathWalker
{
    /// <summary>No packet is longer, so farther offsets prove nothing.</summary>
    private const int MaxPacketOffset = 0xffff;

    private const int AtPacketEnd = -1;
    private const int BeyondPacketEnd = -2;

    private void CheckConditionalJump(in DecodedInstruction insn, in OpcodeInfo row)
    {
        bool is32 = row.Width == 32;
        bool byRegister = row.Operand == Operand.Reg;
        RequireReadable(insn.Dst);
        ref RegisterState left = ref Reg(insn.Dst);
        RegisterState constant = default;
        if (byRegister)
        {
            RequireReadable(insn.Src);
        }
        else
        {
            constant = RegisterState.Const((ulong)insn.Imm);
        }

        ref RegisterState right = ref byRegister ? ref Reg(insn.Src) : ref constant;
        RequireComparable(byRegister, left, right);
        bool? decided = Decide(row.Operation, is32, left, right);
        bool mayDecide = _program.Rules.EqualityByRange || row.Operation is not (Operation.Jeq or Operation.Jne)
            || !left.IsScalar || !right.IsScalar || (left.Range.IsConst && right.Range.IsConst);
        decided = mayDecide ? decided : null;
        RegisterState jumpLeft = left;
        RegisterState jumpRight = right;
        RegisterState fallLeft = left;
        RegisterState fallRight = right;
        bool mayRefine = _program.Rules.TwoRegisterBounds || left.Range.IsConst || right.Range.IsConst;
        if (decided is null && left.IsScalar && right.IsScalar && mayRefine)
        {
            bool mayJump = ScalarCompare.Refine(row.Operation, is32, true, ref jumpLeft.Range, ref jumpRight.Range);
            bool mayFall = ScalarCompare.Refine(row.Operation, is32, false, ref fallLeft.Range, ref fallRight.Range);
            if (byRegister && insn.Dst == insn.Src)
            {
                // One register compared with itself: both sides must stay one number.
                jumpRight = jumpLeft = left;
                fallRight = fallLeft = left;
            }
            else if (mayJump != mayFall && mayDecide)
            {
                decided = mayJump;
            }
            else if (mayJump != mayFall)
            {
                // This kernel walks a branch that cannot be taken: it knows no more there than before.
                jumpLeft = fallLeft = left;
                jumpRight = fallRight = right;
            }
        }

        if (decided is { } taken)
        {
            if (left.IsScalar)
            {
                MarkPrecise(insn.Dst);
            }

            if (byRegister && right.IsScalar)
            {
                MarkPrecise(insn.Src);
            }

            NoteBranch(taken ? BranchFact.Jumps : BranchFact.FallsThrough);
            GuessBranch(insn, taken ? _slot + 1 : insn.JumpTarget, byRegister);
            _slot = taken ? insn.JumpTarget : _slot + 1;
            return;
        }

        RequireKnownComparison(insn, row, byRegister, left);
        NoteBranch(BranchFact.Both);
        LinkedSet linked = default;
        if (byRegister && right.IsScalar && right.Id != 0)
        {
            CollectLinked(right.Id, ref linked);
        }

        if (left.IsScalar && left.Id != 0)
        {
            CollectLinked(left.Id, ref linked);
        }

        if (linked.Count > 1)
        {
            Remember(-1, 0, linked.Packed);
        }

        int target = insn.JumpTarget;
        PathState jump = Fork(target);
        FrameState jumpFrame = jump.Current;
        if (left.IsScalar && right.IsScalar)
        {
            SetRange(jump, jumpFrame, insn.Dst, jumpLeft, linked);
            SetRange(_state, _frame, insn.Dst, fallLeft, linked);
            if (byRegister && insn.Dst != insn.Src)
            {
                SetRange(jump, jumpFrame, insn.Src, jumpRight, linked);
                SetRange(_state, _frame, insn.Src, fallRight, linked);
            }
        }
        else
        {
            LearnOfPointers(insn, row, byRegister, jump, jumpFrame);
        }

        _slot++;
    }

    private void NoteBranch(BranchFact fact)
    {
        if (!_state.Speculative)
        {
            _branches[_slot] |= fact;
        }
    }

    private static void SetRange(PathState state, FrameState frame, Register register, in RegisterState refined, in LinkedSet linked)
    {
        ref RegisterState target = ref frame.Registers[(int)register];
        target.Range = refined.Range;
        if (target.Id != 0)
        {
            SyncLinked(state, target, linked);
        }
    }

    private void RequireComparable(bool byRegister, in RegisterState left, in RegisterState right)
    {
        if (!_program.AllowPointerLeaks && byRegister && right.IsPointer && !(IsAnyPacket(left) && IsAnyPacket(right)))
        {
            throw Reject(FindingIds.PointerLeak, "pointers may not be compared without CAP_PERFMON");
        }
    }

    /// <summary>A comparison whose outcome is open tells the weak something of an address, unless it is one of these.</summary>
    private void RequireKnownComparison(
        in DecodedInstruction insn, in OpcodeInfo row, bool byRegister, in RegisterState left)
    {
        if (_program.AllowPointerLeaks || !left.IsPointer)
        {
            return;
        }

        bool isOrder = row.Operation is Operation.Jgt or Operation.Jlt or Operation.Jge or Operation.Jle;
        RegisterState other = byRegister ? Reg(insn.Src) : default;
        bool packets = isOrder && row.Width == 64 && (IsPacketBound(left, other) || IsPacketBound(other, left));
        bool nullCheck = !byRegister && insn.Imm == 0 && left.MaybeNull && row.Width == 64
            && row.Operation is Operation.Jeq or Operation.Jne;
        if (!packets && !nullCheck)
        {
            throw Reject(FindingIds.PointerLeak, "pointers may not be compared without CAP_PERFMON");
        }
    }

    private static bool IsAnyPacket(in RegisterState register) =>
        register.Kind is RegisterKind.Packet or RegisterKind.PacketMeta or RegisterKind.PacketEnd;

    private static bool? Decide(Operation operation, bool is32, in RegisterState left, in RegisterState right)
    {
        if (left.IsScalar && right.IsScalar)
        {
            return ScalarCompare.Decide(operation, is32, left.Range, right.Range);
        }

        if (IsAnyPacket(left) && IsAnyPacket(right) && !is32)
        {
            return DecidePackets(operation, left, right);
        }

        bool leftIsConst = left.IsScalar && (is32 ? left.Range.IsConst32 : left.Range.IsConst);
        bool rightIsConst = right.IsScalar && (is32 ? right.Range.IsConst32 : right.Range.IsConst);
        if (!leftIsConst && !rightIsConst)
        {
            return null;
        }

        ref readonly RegisterState number = ref rightIsConst ? ref right : ref left;
        ref readonly RegisterState pointer = ref rightIsConst ? ref left : ref right;
        bool isZero = is32 ? (uint)number.Range.ConstValue == 0 : number.Range.ConstValue == 0;
        if (!isZero || !IsNeverNull(pointer))
        {
            return null;
        }

        return operation switch
        {
            Operation.Jeq => false,
            Operation.Jne => true,
            _ => null,
        };
    }

    private static bool? DecidePackets(Operation operation, in RegisterState left, in RegisterState right)
    {
        bool endIsRight = right.Kind == RegisterKind.PacketEnd;
        if (!endIsRight && left.Kind != RegisterKind.PacketEnd)
        {
            return null;
        }

        ref readonly RegisterState packet = ref endIsRight ? ref left : ref right;
        if (!endIsRight)
        {
            operation = ScalarCompare.Mirror(operation);
        }

        if (packet.Kind != RegisterKind.Packet || packet.Extra >= 0)
        {
            return null;
        }

        bool beyond = packet.Extra == BeyondPacketEnd;
        // At the end or past it: >= is decided for both, > only when surely past.
        return operation switch
        {
            Operation.Jge => true,
            Operation.Jlt => false,
            Operation.Jgt when beyond => true,
            Operation.Jle when beyond => false,
            _ => null,
        };
    }

    /// <summary>Whether a pointer can be told from 0 without looking.</summary>
    private static bool IsNeverNull(in RegisterState register)
    {
        if (register.MaybeNull)
        {
            return false;
        }

        return register.Kind switch
        {
            RegisterKind.Socket or RegisterKind.TcpSocket or RegisterKind.SockCommon or RegisterKind.MapValue
                or RegisterKind.MapKey or RegisterKind.MapPointer => true,
            RegisterKind.Memory => !register.Is(RegisterFlags.Untrusted),
            RegisterKind.BtfPointer => IsTrusted(register),
            RegisterKind.NotInit or RegisterKind.Scalar or RegisterKind.Context or RegisterKind.Stack
                or RegisterKind.PacketMeta or RegisterKind.Packet or RegisterKind.PacketEnd or RegisterKind.FlowKeys
                or RegisterKind.XdpSocket or RegisterKind.TracepointBuffer or RegisterKind.Buffer or RegisterKind.Arena
                or RegisterKind.Function or RegisterKind.Dynptr or RegisterKind.PerCpuVariable
                or RegisterKind.InstructionPointer => false,
            _ => false,
        };
    }

    /// <summary>Whether a typed pointer surely points to a live object.</summary>
    private static bool IsTrusted(in RegisterState register) =>
        register.RefId != 0
        || ((register.Flags & (RegisterFlags.Trusted | RegisterFlags.Allocated)) != 0
            && (register.Flags & (RegisterFlags.Untrusted | RegisterFlags.NonOwning | RegisterFlags.MaybeNull)) == 0);

    private void LearnOfPointers(
        in DecodedInstruction insn, in OpcodeInfo row, bool byRegister, PathState jump, FrameState jumpFrame)
    {
        RegisterState left = Reg(insn.Dst);
        if (row.Width == 32)
        {
            return;
        }

        if (!byRegister)
        {
            if (insn.Imm == 0 && row.Operation is Operation.Jeq or Operation.Jne && left.MaybeNull)
            {
                MarkNull(row.Operation == Operation.Jeq ? jump : _state, left);
                MarkNotNull(row.Operation == Operation.Jeq ? _state : jump, left);
            }

            return;
        }

        RegisterState right = Reg(insn.Src);
        if (row.Operation is Operation.Jeq or Operation.Jne)
        {
            if (left.IsPointer && right.IsPointer && left.MaybeNull != right.MaybeNull
                && left.Kind != RegisterKind.BtfPointer && right.Kind != RegisterKind.BtfPointer)
            {
                MarkNotNull(row.Operation == Operation.Jeq ? jump : _state, left.MaybeNull ? left : right);
            }

            return;
        }

        LearnOfPackets(row.Operation, insn, left, right, jump, jumpFrame);
    }

    private void LearnOfPackets(
        Operation operation, in DecodedInstruction insn, RegisterState left, RegisterState right, PathState jump, FrameState jumpFrame)
    {
        Register register = insn.Dst;
        if (IsPacketBound(left, right))
        {
            operation = ScalarCompare.Mirror(operation);
            (left, right) = (right, left);
            register = insn.Src;
        }

        if (!IsPacketBound(right, left))
        {
            return;
        }

        // Now "left op right" with the packet pointer on the left and the bound on the right.
        switch (operation)
        {
            case Operation.Jgt:
                Prove(_state, left, false);
                SetEnd(jumpFrame, register, BeyondPacketEnd);
                break;
            case Operation.Jlt:
                Prove(jump, left, true);
                SetEnd(_frame, register, AtPacketEnd);
                break;
            case Operation.Jge:
                Prove(_state, left, true);
                SetEnd(jumpFrame, register, AtPacketEnd);
                break;
            case Operation.Jle:
                Prove(jump, left, false);
                SetEnd(_frame, register, BeyondPacketEnd);
                break;
            default:
                break;
        }
    }

    /// <summary>Whether the first is what the second must stay below: the packet's end, or its start for metadata.</summary>
    private static bool IsPacketBound(in RegisterState bound, in RegisterState pointer) =>
        (bound.Kind == RegisterKind.PacketEnd && pointer.Kind == RegisterKind.Packet)
        || (bound.Kind == RegisterKind.Packet && bound.Offset == 0 && bound.Id == 0 && bound.Range.IsConst
            && bound.Range.ConstValue == 0 && pointer.Kind == RegisterKind.PacketMeta);

    private static void SetEnd(FrameState frame, Register register, int position)
    {
        ref RegisterState pointer = ref frame.Registers[(int)register];
        if (pointer.Kind == RegisterKind.Packet)
        {
            pointer.Extra = position;
        }
    }

    /// <summary>All copies of the pointer, wherever they stand in the packet, may now be read up to it.</summary>
    private static void Prove(PathState state, in RegisterState pointer, bool rightOpen)
    {
        if (pointer.Offset < 0 || (pointer.Offset == 0 && rightOpen))
        {
            return;
        }

        if (pointer.Range.UMax > MaxPacketOffset || pointer.Range.UMax + (ulong)pointer.Offset > MaxPacketOffset)
        {
            return;
        }

        int proven = pointer.Offset + (rightOpen ? 1 : 0);
        int id = pointer.Id;
        RegisterKind kind = pointer.Kind;
        for (int f = 0; f < state.Depth; f++)
        {
            FrameState frame = state[f];
            foreach (ref RegisterState register in frame.Registers.AsSpan())
            {
                if (register.Kind == kind && register.Id == id)
                {
                    register.Extra = Math.Max(register.Extra, proven);
                }
            }

            foreach (ref StackSlot slot in frame.Stack.AsSpan(0, frame.StackSlots))
            {
                if (slot.IsSpill && slot.Spilled.Kind == kind && slot.Spilled.Id == id)
                {
                    slot.Spilled.Extra = Math.Max(slot.Spilled.Extra, proven);
                }
            }
        }
    }

    private void MarkNull(PathState state, in RegisterState pointer)
    {
        if (pointer.RefId != 0 && pointer.RefId == pointer.Id)
        {
            // A reference that turned out to be null was never acquired.
            state.RemoveReference(ReferenceKind.Pointer, pointer.Id);
        }

        int id = pointer.Id;
        ForEachRegister(state, (ref RegisterState register) =>
        {
            if (register.MaybeNull && register.Id == id)
            {
                register = RegisterState.Const(0);
                register.Origin = _slot;
            }
        });
    }

    private void MarkNotNull(PathState state, in RegisterState pointer)
    {
        int id = pointer.Id;
        ForEachRegister(state, (ref RegisterState register) =>
        {
            if (register.MaybeNull && register.Id == id)
            {
                BecomeNotNull(ref register);
            }
        });
    }

    private void BecomeNotNull(ref RegisterState register)
    {
        register.Flags &= ~RegisterFlags.MaybeNull;
        if (register.Kind == RegisterKind.MapValue)
        {
            MapInfo map = _program.Maps[register.Object];
            if (map.Inner is { } inner && map.Type is Maps.MapType.ArrayOfMaps or Maps.MapType.HashOfMaps)
            {
                register.Kind = RegisterKind.MapPointer;
                register.Object = inner.Index;
                register.Extra = inner.Fields.All.Length > 0 ? register.Id : 0;
                register.Id = 0;
                return;
            }

            if (map.Type == Maps.MapType.XskMap)
            {
                register.Kind = RegisterKind.XdpSocket;
            }
            else if (map.Type is Maps.MapType.SockMap or Maps.MapType.SockHash)
            {
                register.Kind = RegisterKind.Socket;
            }
        }

        if (!MayHoldLock(register))
        {
            register.Id = 0;
        }
    }

    /// <summary>Values with a lock keep their identity, so that lock and unlock can be matched.</summary>
    private bool MayHoldLock(in RegisterState register) =>
        (register.Kind == RegisterKind.MapValue && HasLock(_program.Maps[register.Object].Fields))
        || (register.Kind == RegisterKind.BtfPointer && register.Is(RegisterFlags.Allocated));

    private static bool HasLock(SpecialFields fields) =>
        fields.Find(SpecialFieldKind.SpinLock) is not null || fields.Find(SpecialFieldKind.ResilientSpinLock) is not null;

    private delegate void RegisterAction(ref RegisterState register);

    /// <summary>All registers of all frames, spilled ones included.</summary>
    private static void ForEachRegister(PathState state, RegisterAction action)
    {
        for (int f = 0; f < state.Depth; f++)
        {
            FrameState frame = state[f];
            foreach (ref RegisterState register in frame.Registers.AsSpan())
            {
                action(ref register);
            }

            foreach (ref StackSlot slot in frame.Stack.AsSpan(0, frame.StackSlots))
            {
                if (slot.IsSpill)
                {
                    action(ref slot.Spilled);
                }
            }
        }
    }

    private void CollectLinked(int id, ref LinkedSet linked)
    {
        for (int f = 0; f < _state.Depth; f++)
        {
            FrameState frame = _state[f];
            for (int r = 0; r < 10; r++)
            {
                ref RegisterState register = ref frame.Registers[r];
                if (register.Id == id && register.IsScalar && !linked.TryAdd(f, r, true))
                {
                    register.Id = 0;
                    register.HasDelta = false;
                }
            }

            for (int s = 0; s < frame.StackSlots; s++)
            {
                ref StackSlot slot = ref frame.Stack[s];
                if (slot.IsSpill && slot.Spilled.Id == id && slot.Spilled.IsScalar && !linked.TryAdd(f, s, false))
                {
                    slot.Spilled.Id = 0;
                    slot.Spilled.HasDelta = false;
                }
            }
        }
    }

    /// <summary>What became known of a number holds for its copies, shifted by their constants.</summary>
    private static void SyncLinked(PathState state, RegisterState known, LinkedSet linked)
    {
        for (int i = 0; i < linked.Count; i++)
        {
            (int frameNumber, int index, bool isRegister) = linked[i];
            FrameState frame = state[frameNumber];
            ref RegisterState register = ref isRegister ? ref frame.Registers[index] : ref frame.Stack[index].Spilled;
            if (register.Kind != RegisterKind.Scalar || register.Id != known.Id)
            {
                continue;
            }

            if (register.HasDelta && known.HasDelta && register.Delta32 != known.Delta32)
            {
                continue;
            }

            if ((!register.HasDelta && !known.HasDelta) || (register.HasDelta && known.HasDelta && register.Offset == known.Offset))
            {
                register.Range = known.Range;
                continue;
            }

            long delta = (register.HasDelta ? register.Offset : 0) - (long)(known.HasDelta ? known.Offset : 0);
            ScalarRange range = known.Range;
            ScalarMath.Apply(Operation.Add, false, ref range, ScalarRange.Const((ulong)delta));
            if ((register.HasDelta && register.Delta32) || (known.HasDelta && known.Delta32))
            {
                // Both are below 2^32, and so is their difference: the sum is the low half.
                range.ZeroExtend32();
            }

            register.Range = range;
        }
    }

    private void CheckMayGoto(in DecodedInstruction insn)
    {
        NoteBranch(BranchFact.Both);
        // The path that goes on in the loop body is walked first; the one that leaves waits.
        PathState body = Fork(_slot + 1);
        body.MayGotoDepth = _state.MayGotoDepth + 1;
        if (_state.Parent is { } saved && _saved.FindPreviousEntry(saved, _slot) is { } previous)
        {
            StateComparer.Widen(previous, body);
        }

        _slot = insn.JumpTarget;
    }
}
