using BpfSharp.Isa;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

/// <summary>Rules for loaders without CAP_PERFMON: what a processor might do on a path it only guesses must be safe as well.</summary>
/// <remarks>
/// Branches that are never taken are walked as guesses. Where such a path does something forbidden the kernel puts a barrier,
/// and no guess comes that far; only a guess that never ends refuses the program. The kernel masks each sum of a pointer and a
/// register, so that a wrong guess moves the pointer by nothing; that works for stack and map values alone, and only if one
/// mask serves an instruction on every path.
/// </remarks>
internal sealed partial class PathWalker
{
    private const int StackBytes = 512;
    private const int NumbersAlone = 16;

    private readonly Dictionary<int, (int Kind, uint Limit)> _masks = [];

    /// <summary>Instructions that no guess may reach, and those after which no guess goes on.</summary>
    private readonly bool[]? _barriers;
    private readonly bool[]? _barriersAfter;

    private bool StepSpeculatively()
    {
        int slot = _slot;
        try
        {
            return Step() && !_barriersAfter![slot];
        }
        catch (Rejection rejection) when (_program.Rules.SpeculationBarriers
            && rejection.Id is not (FindingIds.InfiniteLoop or FindingIds.TooComplex or FindingIds.CallDepth))
        {
            // A barrier before the instruction keeps every guess out, so it needs no mask either.
            _barriers![slot] = true;
            _masks.Remove(slot);
            return false;
        }
    }

    /// <summary>The branch not taken, of which the compared registers tell nothing.</summary>
    private void GuessBranch(in DecodedInstruction insn, int slot, bool byRegister)
    {
        if (_barriers is null)
        {
            return;
        }

        PathState guess = Fork(slot);
        guess.Speculative = true;
        guess.Current.Registers[(int)insn.Dst] = RegisterState.UnknownScalar;
        if (byRegister)
        {
            guess.Current.Registers[(int)insn.Src] = RegisterState.UnknownScalar;
        }
    }

    /// <summary>A store that hands a pointer over, or initialises: a processor may still read what was there before.</summary>
    private void NoteStackStore(FrameState frame, int from, int size, in RegisterState value)
    {
        if (_barriersAfter is null)
        {
            return;
        }

        bool needsBarrier = value.IsPointer;
        for (int at = from; at < from + size; at++)
        {
            int index = SlotOf(at);
            SlotByte kind = index < frame.StackSlots ? frame.Stack[index][at & 7] : SlotByte.Invalid;
            needsBarrier |= kind is not (SlotByte.Misc or SlotByte.Zero);
        }

        _barriersAfter[_slot] |= needsBarrier;
    }

    private bool IsMasked(in OpcodeInfo row) =>
        _barriers is not null && !_barriers[_slot] && row.Operand == Operand.Reg && row.Operation is Operation.Add or Operation.Sub;

    /// <summary>Checks a sum before it is made.</summary>
    /// <returns>How far the pointer may still move.</returns>
    private uint RequireSpeculationSafe(Operation operation, in RegisterState pointer, in RegisterState number, bool pointerIsTarget)
    {
        bool isConst = number.Range.IsConst;
        uint limit = 0;
        if (!_state.Speculative)
        {
            if (!isConst && number.Range.SMin < 0 != number.Range.SMax < 0)
            {
                throw Reject(
                    FindingIds.PointerArithmetic, $"a number that may be negative or not ({number.Range}) is added to {Describe(pointer)}; not allowed without CAP_PERFMON",
                    "make the number unsigned, or bound it on one side of 0");
            }

            limit = SpeculationLimit(operation, pointer, number);
            _comparer.KeepNumbersApart |= !isConst;
        }

        if (!isConst)
        {
            // The mask may make the number 0.
            PathState guess = Fork(_slot + 1);
            guess.Speculative = true;
            if (!pointerIsTarget)
            {
                guess.Current.Registers[(int)_code.Instructions[_slot].Dst] = pointer;
            }
        }

        return limit;
    }

    private void RequireOneMask(Operation operation, in RegisterState moved, in RegisterState number, bool pointerIsTarget, uint before)
    {
        if (_state.Speculative)
        {
            return;
        }

        uint after = SpeculationLimit(operation, moved, number);
        int kind = (number.Range.SMin < 0 ? 1 : 0) | (number.Range.IsConst ? 2 : 0) | (pointerIsTarget ? 4 : 8);
        RequireOneMask((kind, (uint)Math.Abs((int)(before - after))));
    }

    private void RequireOneMask((int Kind, uint Limit) mask)
    {
        if (!_masks.TryAdd(_slot, mask) && _masks[_slot] != mask)
        {
            throw Reject(
                FindingIds.PointerArithmetic,
                "a pointer is moved here by different amounts, or is none, on different paths; not allowed without CAP_PERFMON",
                "give each path its own arithmetic");
        }
    }

    private uint SpeculationLimit(Operation operation, in RegisterState pointer, in RegisterState number)
    {
        bool left = (operation == Operation.Add) == (number.Range.SMin < 0);
        switch (pointer.Kind)
        {
            case RegisterKind.Stack:
                long down = -((long)pointer.Range.ConstValue + pointer.Offset);
                return RequireBelow(down, StackBytes + (left ? 1 : 0), pointer);
            case RegisterKind.MapValue:
                long at = (left ? pointer.Range.SMin : (long)pointer.Range.UMax) + pointer.Offset;
                return RequireBelow(at, _program.Maps[pointer.Object].ValueSize, pointer);
            case RegisterKind.NotInit or RegisterKind.Scalar or RegisterKind.Context or RegisterKind.MapPointer or RegisterKind.MapKey
                or RegisterKind.Packet or RegisterKind.PacketMeta or RegisterKind.PacketEnd or RegisterKind.FlowKeys or RegisterKind.Socket
                or RegisterKind.SockCommon or RegisterKind.TcpSocket or RegisterKind.XdpSocket or RegisterKind.BtfPointer
                or RegisterKind.Memory or RegisterKind.Buffer or RegisterKind.TracepointBuffer or RegisterKind.Function
                or RegisterKind.Dynptr or RegisterKind.PerCpuVariable or RegisterKind.Arena or RegisterKind.InstructionPointer:
            default:
                throw Reject(
                    FindingIds.PointerArithmetic, $"a register is added to {Describe(pointer)}; without CAP_PERFMON that is for the stack and map values alone",
                    "add a constant, or load with CAP_PERFMON");
        }
    }

    private uint RequireBelow(long limit, long maximum, in RegisterState pointer)
    {
        // Counted in 32 bits: what is negative is far beyond every maximum.
        if ((uint)limit >= maximum)
        {
            throw Reject(
                FindingIds.PointerArithmetic, $"{Describe(pointer)} stands at {limit} of {maximum} bytes and is moved by a register; not allowed without CAP_PERFMON",
                "keep the pointer inside its memory between the steps");
        }

        return (uint)limit;
    }
}
