using System.Collections.Immutable;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Objects;

namespace BpfSharp.Verifier.Profiles;

/// <summary>What a program needs of a kernel, read off its instructions, maps and hook: which release first has all of it.</summary>
/// <remarks>
/// The lower bound of an answer: a kernel that has everything may still not follow the program's reasoning; the verifier's
/// own verdict says that.
/// </remarks>
public static class KernelRequirements
{
    /// <summary>Finding id: the target kernel lacks something.</summary>
    internal const string KernelTooOld = "BPF2502";

    private const int OldInstructionLimit = 4096;

    /// <summary>Everything that not all kernels since 3.18 have, latest first.</summary>
    public static ImmutableArray<KernelRequirement> Find(BpfObject obj, ProgramSpec program)
    {
        ArgumentNullException.ThrowIfNull(obj);
        ArgumentNullException.ThrowIfNull(program);
        Dictionary<string, KernelRequirement> found = [];
        void Need(int since, string what, int slot)
        {
            if (since > 0)
            {
                found.TryAdd(what, new KernelRequirement(since, what, slot));
            }
        }

        void NeedFeature(KernelFeature feature, int slot) =>
            Need(KernelFeatureTable.FindSince(feature), KernelFeatureTable.Describe(feature), slot);

        Need(ProgramTypeTable.Find(program.Type)?.Since ?? 0, $"program type {program.Type}", -1);
        if (program.AttachType is { } attach)
        {
            Need(KernelFeatureTable.FindSince(attach), $"attach type {attach}", -1);
        }

        if ((program.Flags & ProgramFlags.Sleepable) != 0)
        {
            NeedFeature(KernelFeature.Sleepable, -1);
        }

        if (program.Instructions.Length > OldInstructionLimit)
        {
            NeedFeature(KernelFeature.LargePrograms, -1);
        }

        foreach (Subprogram function in program.Subprograms.Where(f => f.IsGlobal && f.StartSlot > 0))
        {
            NeedFeature(KernelFeature.GlobalFunctions, function.StartSlot);
        }

        for (int slot = 0; slot < program.Instructions.Length; slot++)
        {
            Instruction instruction = program.Instructions[slot];
            Op op = instruction.Op;
            if (op == Op.Invalid)
            {
                continue;
            }

            OpcodeInfo row = OpcodeTable.Get(op);
            switch (op)
            {
                case Op.CallHelper when HelperTable.Find(instruction.Imm) is { } helper:
                    Need(Math.Max(helper.Since, ProgramTypeTable.FindSince(program.Type, helper.Id, program.AttachType)), helper.FullName, slot);
                    break;
                case Op.CallKfunc:
                    string name = (uint)instruction.Imm < (uint)obj.Externs.Count ? obj.Externs[instruction.Imm].Name : "";
                    Need(Math.Max(KfuncTable.Find(name)?.Since ?? 0, KernelFeatureTable.FindSince(KernelFeature.KernelFunctions)),
                        $"kernel function {name}", slot);
                    break;
                case Op.CallLocal:
                    NeedFeature(KernelFeature.LocalCalls, slot);
                    break;
                case Op.LoadFunction:
                    NeedFeature(KernelFeature.Callbacks, slot);
                    break;
                case Op.LoadMapIndex or Op.LoadMapValueIndex when (uint)instruction.Imm < (uint)obj.Maps.Count:
                    Need(KernelFeatureTable.FindSince(obj.Maps[instruction.Imm].Type), $"map type {obj.Maps[instruction.Imm].Type}", slot);
                    if (op == Op.LoadMapValueIndex)
                    {
                        NeedFeature(KernelFeature.GlobalData, slot);
                    }

                    break;
                default:
                    if (row.Kind is OpKind.Jump or OpKind.ConditionalJump && slot + 1 + Distance(instruction) <= slot)
                    {
                        NeedFeature(KernelFeature.BoundedLoops, slot);
                    }

                    if (row.Since > 318)
                    {
                        Need(row.Since, $"instruction {op}", slot);
                    }

                    break;
            }

            slot += row.Slots - 1;
        }

        return [.. found.Values.OrderByDescending(r => r.Since).ThenBy(r => r.Slot)];
    }

    /// <summary>The first release that has everything: major * 100 + minor.</summary>
    public static int FindFirstRelease(BpfObject obj, ProgramSpec program) =>
        Find(obj, program) is [var latest, ..] ? latest.Since : 318;

    /// <summary>A finding for each thing a kernel lacks; empty if it has all.</summary>
    public static ImmutableArray<Finding> Check(BpfObject obj, ProgramSpec program, KernelProfile kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        return
        [
            .. Find(obj, program).Where(r => r.Since > kernel.Release).Select(r => new Finding
            {
                Id = KernelTooOld,
                Program = program.Name,
                Slot = r.Slot,
                Source = r.Slot >= 0 ? program.FindLine(r.Slot)?.Source : null,
                Message = $"{r.What} is in Linux since {KernelProfile.FormatRelease(r.Since)}; the target is {kernel.Name}",
                Suggestion = $"load it on Linux {KernelProfile.FormatRelease(r.Since)} or later, or do without",
            }),
        ];
    }

    private static int Distance(Instruction instruction) => instruction.Op == Op.Ja32 ? instruction.Imm : instruction.Offset;
}
