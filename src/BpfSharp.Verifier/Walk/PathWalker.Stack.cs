using BpfSharp.Verifier.ControlFlow;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

internal sealed partial class PathWalker
{
    private const int StackLimit = 512;

    private bool AllowUninitStack => _program.AllowPointerLeaks && _program.Rules.UninitialisedStackReads;

    private FrameState FrameOf(in RegisterState pointer) => _state[pointer.Frame];

    /// <summary>The bytes an access may touch: from (inclusive) and to (exclusive), relative to the frame pointer.</summary>
    private (int From, int To) StackBounds(in RegisterState pointer, int offset, int size, bool writes)
    {
        long from;
        long to;
        if (pointer.Range.IsConst)
        {
            from = pointer.Offset + offset + (long)pointer.Range.ConstValue;
            to = from + size;
        }
        else
        {
            if (pointer.Range.SMax >= MaxOffset || pointer.Range.SMin <= -MaxOffset)
            {
                throw Reject(
                    FindingIds.StackBounds, $"stack access at an unbounded offset ({pointer.Range})", "bound the index first", Where(pointer));
            }

            from = pointer.Range.SMin + pointer.Offset + offset;
            to = pointer.Range.SMax + pointer.Offset + offset + size;
        }

        long lowest = writes || AllowUninitStack ? -StackLimit : -FrameOf(pointer).StackSlots * 8;
        if (from >= -StackLimit && from < lowest && to <= 0)
        {
            throw UninitialisedStack((int)from, (int)(to - from));
        }

        if (from < lowest || from > -1 || to > 0 || (to == from && from >= 0))
        {
            throw Reject(
                FindingIds.StackBounds,
                $"stack access of {size} bytes at r10{from:+0;-0;+0}{(pointer.Range.IsConst ? "" : $" to r10{to - size:+0;-0;+0}")}; the frame is {StackLimit} bytes below r10",
                "use a smaller buffer or a per-CPU array map for scratch space", Where(pointer));
        }

        FunctionInfo function = _code.Functions[FrameOf(pointer).Subprogram];
        function.StackBytes = Math.Max(function.StackBytes, (int)-from);
        return ((int)from, (int)to);
    }

    private static int SlotOf(int offset) => (-offset - 1) / 8;

    private RegisterState ReadStack(in RegisterState pointer, int offset, int size)
    {
        (int from, int to) = StackBounds(pointer, offset, size, writes: false);
        FrameState frame = FrameOf(pointer);
        if (!pointer.Range.IsConst)
        {
            if (!_program.AllowPointerLeaks)
            {
                throw Reject(FindingIds.StackBounds, "a variable stack offset is not allowed without CAP_PERFMON");
            }

            RequireStackReadable(frame, from, to, false);
            return ReadBytes(frame, from, to);
        }

        int index = SlotOf(from);
        if (index >= frame.StackSlots)
        {
            if (!AllowUninitStack)
            {
                throw UninitialisedStack(from, size);
            }

            return RegisterState.UnknownScalar;
        }

        ref StackSlot slot = ref frame.Stack[index];
        if (!slot.IsSpill)
        {
            RequireStackReadable(frame, from, to, false);
            RegisterState result = ReadBytes(frame, from, to);
            return result;
        }

        int spilled = 0;
        for (int i = 0; i < 8 && slot[i] == SlotByte.Spill; i++)
        {
            spilled++;
        }

        int start = from & 7;
        if (size == 8 && spilled == 8)
        {
            Remember(frame.Number, index, 0);
            return slot.Spilled;
        }

        if (slot.Spilled.Kind != RegisterKind.Scalar)
        {
            if (start == 0 && size == 8)
            {
                throw Reject(FindingIds.StackBounds, "fill of a register that was partly overwritten");
            }

            throw Reject(
                FindingIds.StackBounds, $"load of {size} bytes from a stack slot that holds {Describe(slot.Spilled)}",
                "load spilled pointers whole, with 8 bytes");
        }

        if (start == 0 && size <= spilled)
        {
            Remember(frame.Number, index, 0);
            RegisterState narrow = slot.Spilled;
            bool fits = size >= 8 || narrow.Range.UMax < 1UL << (size * 8);
            if (!fits)
            {
                narrow.Id = 0;
                narrow.HasDelta = false;
                narrow.Offset = 0;
            }

            if (narrow.Range.IsConst && size < 8)
            {
                narrow.Range.Truncate(size);
            }

            return narrow;
        }

        RequireStackReadable(frame, from, to, true);
        bool allSpill = true;
        bool allZero = true;
        for (int i = 0; i < size; i++)
        {
            allSpill &= slot[start + i] == SlotByte.Spill;
            allZero &= slot[start + i] == SlotByte.Zero;
        }

        if (allSpill && slot.Spilled.IsNull)
        {
            Remember(frame.Number, index, 0);
            return RegisterState.Const(0);
        }

        return allZero ? RegisterState.Const(0) : RegisterState.UnknownScalar;
    }

    private static RegisterState ReadBytes(FrameState frame, int from, int to)
    {
        for (int at = from; at < to; at++)
        {
            int index = SlotOf(at);
            if (index >= frame.StackSlots || frame.Stack[index][at & 7] != SlotByte.Zero)
            {
                return RegisterState.UnknownScalar;
            }
        }

        return RegisterState.Const(0);
    }

    private void RequireStackReadable(FrameState frame, int from, int to, bool spillsAllowed)
    {
        for (int at = from; at < to; at++)
        {
            int index = SlotOf(at);
            SlotByte kind = index < frame.StackSlots ? frame.Stack[index][at & 7] : SlotByte.Invalid;
            switch (kind)
            {
                case SlotByte.Misc or SlotByte.Zero:
                    break;
                case SlotByte.Invalid when AllowUninitStack:
                    break;
                case SlotByte.Spill when spillsAllowed || frame.Stack[index].Spilled.IsScalar || _program.AllowPointerLeaks:
                    break;
                case SlotByte.Invalid:
                    throw UninitialisedStack(at, to - at);
                case SlotByte.Spill:
                    throw Reject(FindingIds.PointerLeak, $"read of a spilled pointer at r10{at}");
                case SlotByte.Dynptr or SlotByte.Iterator or SlotByte.IrqFlag:
                default:
                    throw Reject(FindingIds.Uninitialised, $"direct read of the {kind} at r10{at}", "use its functions");
            }
        }
    }

    private Rejection UninitialisedStack(int offset, int size) => Reject(
        FindingIds.Uninitialised, $"stack at r10{offset} ({size} bytes) is read but was never written on this path",
        "initialise the whole buffer, padding included");

    private void WriteStack(in RegisterState pointer, int offset, int size, in RegisterState value, int source, bool isImmediate)
    {
        (int from, int to) = StackBounds(pointer, offset, size, writes: true);
        FrameState frame = FrameOf(pointer);
        frame.GrowStack(SlotOf(from) + 1);
        if (!pointer.Range.IsConst)
        {
            WriteVariableStack(frame, from, to, value, source);
            return;
        }

        WriteFixedStack(frame, from, size, value, source, isImmediate);
    }

    private void WriteFixedStack(FrameState frame, int from, int size, in RegisterState value, int source, bool isImmediate)
    {
        int index = SlotOf(from);
        int start = from & 7;
        NoteStackStore(frame, from, size, value);
        DestroySpecial(frame, index);
        ref StackSlot slot = ref frame.Stack[index];
        bool hasValue = source >= 0 || isImmediate;
        if (!_program.AllowPointerLeaks && slot.IsSpill && slot.Spilled.IsPointer && size != 8)
        {
            throw Reject(FindingIds.StackBounds, "a spilled pointer is partly overwritten", "overwrite it whole");
        }

        if (hasValue && start == 0 && value.IsScalar)
        {
            RegisterState spilled = value;
            bool fits = size == 8 || value.Range.UMax < 1UL << (size * 8);
            if (source >= 0)
            {
                if (fits)
                {
                    if (_program.Rules.LinkedSpills)
                    {
                        EnsureId(ref Reg((Isa.Register)source));
                    }

                    spilled = Reg((Isa.Register)source);
                }
                else
                {
                    spilled.Id = 0;
                    spilled.HasDelta = false;
                    spilled.Offset = 0;
                }
            }

            SaveSpill(ref slot, spilled, size);
            Remember(frame.Number, index, 0);
            return;
        }

        if (hasValue && value.IsPointer)
        {
            if (size != 8)
            {
                throw Reject(
                    FindingIds.StackBounds, $"store of {size} bytes of {Describe(value)} to the stack: a pointer must be spilled whole",
                    "use an 8-byte store");
            }

            if (frame.Number != _frame.Number && value.Kind == RegisterKind.Stack)
            {
                throw Reject(FindingIds.StackBounds, "a pointer to this function's stack is stored in the caller's frame");
            }

            SaveSpill(ref slot, value, 8);
            Remember(frame.Number, index, 0);
            return;
        }

        bool isZero = hasValue && value.IsNull;
        if (isZero && source >= 0)
        {
            MarkPrecise((Isa.Register)source);
        }

        if (slot.IsSpill)
        {
            // What is left of the spilled register is data like any other.
            for (int i = 0; i < 8; i++)
            {
                if (slot[i] == SlotByte.Spill)
                {
                    slot.Set(i, SlotByte.Misc);
                }
            }
        }

        slot.Spilled = default;
        for (int i = 0; i < size; i++)
        {
            slot.Set(start + i, isZero ? SlotByte.Zero : SlotByte.Misc);
        }
    }

    private static void SaveSpill(ref StackSlot slot, in RegisterState value, int size)
    {
        bool wasSpill = slot.IsSpill;
        slot.Spilled = value;
        slot.Spilled.Precise = false;
        for (int i = 0; i < 8; i++)
        {
            if (i < size)
            {
                slot.Set(i, SlotByte.Spill);
            }
            else if (wasSpill ? slot[i] == SlotByte.Spill : slot[i] is not (SlotByte.Zero or SlotByte.Invalid))
            {
                slot.Set(i, SlotByte.Misc);
            }
        }
    }

    private void WriteVariableStack(FrameState frame, int from, int to, in RegisterState value, int source)
    {
        if (!_program.AllowPointerLeaks)
        {
            throw Reject(FindingIds.StackBounds, "a variable stack offset is not allowed without CAP_PERFMON");
        }

        bool zero = value.IsNull && (source >= 0 || value.IsConstScalar);
        bool usedZero = false;
        for (int at = from; at < to; at++)
        {
            int index = SlotOf(at);
            DestroySpecial(frame, index);
            ref StackSlot slot = ref frame.Stack[index];
            if (slot.IsSpill)
            {
                if (zero && slot.Spilled.IsNull && slot.IsFullSpill)
                {
                    usedZero = true;
                    continue;
                }

                for (int i = 0; i < 8; i++)
                {
                    if (slot[i] == SlotByte.Spill)
                    {
                        slot.Set(i, SlotByte.Misc);
                    }
                }

                slot.Spilled = default;
            }

            SlotByte old = slot[at & 7];
            if (zero && old == SlotByte.Zero)
            {
                usedZero = true;
                continue;
            }

            slot.Set(at & 7, old == SlotByte.Invalid && AllowUninitStack ? SlotByte.Invalid : SlotByte.Misc);
            if (slot[at & 7] == SlotByte.Invalid)
            {
                slot.Set(at & 7, SlotByte.Misc);
            }
        }

        if (usedZero && source >= 0)
        {
            MarkPrecise((Isa.Register)source);
        }
    }

    /// <summary>Stack a helper reads or fills.</summary>
    /// <param name="pointer">The stack pointer.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="reads">The helper reads it.</param>
    /// <param name="writes">The helper writes it.</param>
    /// <param name="allowEmpty">Whether 0 bytes are fine.</param>
    private void UseStack(in RegisterState pointer, int size, bool reads, bool writes, bool allowEmpty)
    {
        if (size == 0)
        {
            if (!allowEmpty)
            {
                throw Reject(FindingIds.Argument, "zero-sized access to the stack");
            }

            StackBounds(pointer, 0, 0, writes: true);
            return;
        }

        (int from, int to) = StackBounds(pointer, 0, size, writes || !reads);
        FrameState frame = FrameOf(pointer);
        if (!pointer.Range.IsConst && !_program.AllowPointerLeaks)
        {
            throw Reject(FindingIds.StackBounds, "a variable stack offset is not allowed without CAP_PERFMON");
        }

        frame.GrowStack(SlotOf(from) + 1);
        if (reads)
        {
            RequireStackReadable(frame, from, to, false);
        }
        else
        {
            for (int at = from; at < to; at++)
            {
                if (frame.Stack[SlotOf(at)][at & 7] >= SlotByte.Dynptr)
                {
                    throw Reject(FindingIds.Protocol, $"the helper would overwrite the {frame.Stack[SlotOf(at)][at & 7]} at r10{at}");
                }
            }
        }

        if (!writes)
        {
            return;
        }

        if (!reads)
        {
            NoteStackStore(frame, from, size, RegisterState.UnknownScalar);
        }

        for (int at = from; at < to; at++)
        {
            int index = SlotOf(at);
            ref StackSlot slot = ref frame.Stack[index];
            if (slot.IsSpill)
            {
                if (slot.Spilled.IsPointer && !_program.AllowPointerLeaks)
                {
                    throw Reject(FindingIds.PointerLeak, $"the helper gets a spilled pointer at r10{at}");
                }

                for (int i = 0; i < 8; i++)
                {
                    if (slot[i] == SlotByte.Spill)
                    {
                        slot.Set(i, SlotByte.Misc);
                    }
                }

                slot.Spilled = default;
            }

            slot.Set(at & 7, SlotByte.Misc);
        }
    }

    /// <summary>Overwriting a dynptr or iterator ends it; one that holds a reference may not be lost so.</summary>
    private void DestroySpecial(FrameState frame, int index)
    {
        if (!frame.Stack[index].IsSpecial)
        {
            return;
        }

        DestroyDynptrAt(frame, index);
    }
}
