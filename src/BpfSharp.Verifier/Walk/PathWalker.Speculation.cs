using BpfSharp.Isa;
using BpfSharp.Verifier.Domains;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

/// <summary>Rules for loaders without CAP_PERFMON: pointer arithmetic that a processor could carry too far on a path it only guesses.</summary>
/// <remarks>
/// The kernel masks each sum of a pointer and a register; that works for stack and map values alone, and only if one mask
/// serves an instruction on every path.
/// </remarks>
internal sealed partial class PathWalker
{
    private const int StackBytes = 512;

    private readonly Dictionary<int, (int Kind, long Limit)> _masks = [];

    /// <summary>Checks a sum before it is made.</summary>
    /// <returns>How far the pointer may still move.</returns>
    private long RequireSpeculationSafe(Operation operation, in RegisterState pointer, in RegisterState number)
    {
        ref readonly ScalarRange range = ref number.Range;
        if (!range.IsConst && range.SMin < 0 != range.SMax < 0)
        {
            throw Reject(
                FindingIds.PointerArithmetic, $"a number that may be negative or not ({range}) is added to {Describe(pointer)}; not allowed without CAP_PERFMON",
                "make the number unsigned, or bound it on one side of 0");
        }

        return SpeculationLimit(operation, pointer, number)
            ?? throw Reject(
                FindingIds.PointerArithmetic, $"a register is added to {Describe(pointer)}; without CAP_PERFMON that is for the stack and map values alone",
                "add a constant, or load with CAP_PERFMON");
    }

    private void RequireOneMask(Operation operation, in RegisterState moved, in RegisterState number, bool pointerIsTarget, long before)
    {
        long after = SpeculationLimit(operation, moved, number) ?? 0;
        bool isNegative = number.Range.SMin < 0;
        int kind = (isNegative ? 1 : 0) | (number.Range.IsConst ? 2 : 0) | (pointerIsTarget ? 4 : 8);
        (int Kind, long Limit) mask = (kind, Math.Abs(before - after));
        if (!_masks.TryAdd(_slot, mask) && _masks[_slot] != mask)
        {
            throw Reject(
                FindingIds.PointerArithmetic,
                $"this instruction moves {Describe(moved)} differently on different paths; not allowed without CAP_PERFMON",
                "give each path its own arithmetic");
        }
    }

    private long? SpeculationLimit(Operation operation, in RegisterState pointer, in RegisterState number)
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
                return null;
        }
    }

    private long RequireBelow(long limit, long maximum, in RegisterState pointer)
    {
        if (limit >= maximum)
        {
            throw Reject(
                FindingIds.PointerArithmetic, $"{Describe(pointer)} stands at {limit} of {maximum} bytes and is moved by a register; not allowed without CAP_PERFMON",
                "keep the pointer inside its memory between the steps");
        }

        return limit;
    }
}
