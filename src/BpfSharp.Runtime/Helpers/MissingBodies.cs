using System.Collections.Immutable;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;

namespace BpfSharp.Runtime.Helpers;

/// <summary>Finds calls of helpers and kernel functions that do not run in process, in code that can be reached.</summary>
internal static class MissingBodies
{
    /// <summary>A finding per missing function, at its first call; empty if every call has a body.</summary>
    public static ImmutableArray<Finding> Find(RuntimeObject target, BpfObject source, ProgramSpec spec)
    {
        ImmutableArray<Finding>.Builder findings = ImmutableArray.CreateBuilder<Finding>();
        HashSet<string> named = [];
        ReadOnlySpan<Instruction> slots = spec.Instructions.AsSpan();
        bool[] seen = new bool[slots.Length];
        Stack<int> open = new([0]);
        while (open.TryPop(out int slot))
        {
            if ((uint)slot >= (uint)slots.Length || seen[slot])
            {
                continue;
            }

            seen[slot] = true;
            DecodedInstruction instruction = DecodedInstruction.Decode(slots, slot);
            OpKind kind = instruction.Op == Op.Invalid ? OpKind.Exit : OpcodeTable.Get(instruction.Op).Kind;
            if (kind is OpKind.Jump or OpKind.ConditionalJump or OpKind.MayGoto)
            {
                open.Push(instruction.JumpTarget);
            }

            if (instruction.Op is Op.CallLocal or Op.LoadFunction)
            {
                open.Push(instruction.CallTarget);
            }

            if (kind is not (OpKind.Jump or OpKind.Exit))
            {
                open.Push(slot + instruction.Slots);
            }

            if (NameOfMissing(target, source, instruction) is { } name && named.Add(name))
            {
                findings.Add(Describe(spec, slot, name));
            }
        }

        return findings.ToImmutable();
    }

    private static string? NameOfMissing(RuntimeObject target, BpfObject source, DecodedInstruction instruction)
    {
        if (instruction.Op == Op.CallHelper)
        {
            return instruction.Imm == HelperBodies.TailCallId || target.FindHelper(instruction.Imm) is not null
                ? null
                : HelperTable.Find((int)instruction.Imm) is { } info ? $"helper {info.Name}#{instruction.Imm}" : $"helper number {instruction.Imm}";
        }

        if (instruction.Op == Op.CallKfunc && (ulong)instruction.Imm < (ulong)source.Externs.Count)
        {
            ExternSpec function = source.Externs[(int)instruction.Imm];
            return function.IsWeak || KfuncBodies.Find(function.Name) is not null ? null : $"kernel function {function.Name}";
        }

        return null;
    }

    private static Finding Describe(ProgramSpec spec, int slot, string name) => new()
    {
        Id = "BPF4208",
        Program = spec.Name,
        Slot = slot,
        Source = spec.FindLine(slot)?.Source,
        Message = $"it calls {name}, which does not run in process",
        Suggestion = "load the object in the kernel, leave the program out (ProgramSpec.AutoLoad), or load with Checking.Always, "
            + "which stops a run where the call is reached",
    };
}
