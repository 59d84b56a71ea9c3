using System.Collections.Immutable;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Verifier.Walk;

namespace BpfSharp.Verifier.Profiles;

/// <summary>What a program needs of a kernel, read off its instructions, maps and hook: which release first has all of it.</summary>
/// <remarks>
/// The lower bound of an answer: a kernel that has everything may still not follow the program's reasoning; the verifier's
/// own verdict, with <see cref="VerifierOptions.Kernel"/>, says that.
/// </remarks>
public static class KernelRequirements
{
    /// <summary>Finding id: the target kernel lacks something.</summary>
    internal const string KernelTooOld = "BPF2502";

    /// <summary>The first release with programs.</summary>
    internal const int FirstRelease = 318;

    private const int OldInstructionLimit = 4096;

    /// <summary>Everything that not all kernels since 3.18 have, latest first.</summary>
    public static ImmutableArray<KernelRequirement> Find(BpfObject obj, ProgramSpec program)
    {
        ArgumentNullException.ThrowIfNull(obj);
        ArgumentNullException.ThrowIfNull(program);
        Collector found = new();
        AddHook(found, program);
        HashSet<int> maps = [];
        for (int slot = 0; slot < program.Instructions.Length; slot++)
        {
            Instruction instruction = program.Instructions[slot];
            Op op = instruction.Op;
            if (op == Op.Invalid)
            {
                continue;
            }

            OpcodeInfo row = OpcodeTable.Get(op);
            AddInstruction(found, obj, program, slot, row);
            if (op is Op.LoadMapIndex or Op.LoadMapValueIndex && (uint)instruction.Imm < (uint)obj.Maps.Count && maps.Add(instruction.Imm))
            {
                AddMap(found, obj, obj.Maps[instruction.Imm], slot);
            }

            slot += row.Slots - 1;
        }

        return found.Ordered();
    }

    /// <summary>The first release that has everything: major * 100 + minor.</summary>
    public static int FindFirstRelease(BpfObject obj, ProgramSpec program) =>
        Find(obj, program) is [var latest, ..] ? latest.Since : FirstRelease;

    /// <summary>A finding for each thing a kernel lacks; empty if it has all.</summary>
    public static ImmutableArray<Finding> Check(BpfObject obj, ProgramSpec program, KernelProfile kernel) =>
        Check(program, kernel, Find(obj, program));

    internal static ImmutableArray<Finding> Check(ProgramSpec program, KernelProfile kernel, IEnumerable<KernelRequirement> needs)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        return [.. needs.Where(r => !r.IsMet(kernel)).Select(r => Describe(program, kernel, r))];
    }

    private static Finding Describe(ProgramSpec program, KernelProfile kernel, KernelRequirement need)
    {
        // Its types lack what its release should have: switched off when it was built, or not there any more.
        bool isOlder = need.Since > kernel.Release;
        string release = KernelProfile.FormatRelease(need.Since);
        return new Finding
        {
            Id = KernelTooOld,
            Program = program.Name,
            Slot = need.Slot,
            Source = need.Slot >= 0 ? program.FindLine(need.Slot)?.Source : null,
            Message = isOlder ? $"the program needs {need.What}, which came with Linux {release}; the target is {kernel.Name}"
                : $"the program needs {need.What}, which the types of the target, {kernel.Name}, do not have (it came with Linux {release})",
            Suggestion = isOlder ? $"load it on Linux {release} or later, or do without"
                : "load it on a kernel built with it, or do without",
        };
    }

    private static void AddHook(Collector found, ProgramSpec program)
    {
        found.Need(ProgramTypeTable.Find(program.Type)?.Since ?? 0, $"program type {program.Type}", -1, ("bpf_prog_type", (long)program.Type));
        if (program.AttachType is { } attach)
        {
            found.Need(KernelFeatureTable.FindSince(attach), $"attach type {attach}", -1, ("bpf_attach_type", (long)attach));
        }

        foreach ((ProgramFlags flag, ushort since) in KernelFeatureTable.FindFlags(program))
        {
            found.Need(since, flag == ProgramFlags.Sleepable ? "sleepable programs of this type" : $"load flag {flag}", -1);
        }

        if (program.Instructions.Length > OldInstructionLimit)
        {
            found.Need(KernelFeature.LargePrograms, -1);
        }

        foreach (Subprogram function in program.Subprograms.Where(f => f.IsGlobal && f.StartSlot > 0))
        {
            found.Need(KernelFeature.GlobalFunctions, function.StartSlot);
        }

        bool calls = program.Instructions.Any(i => i.Op == Op.CallLocal);
        int tailCall = calls ? FindTailCall(program) : -1;
        if (tailCall >= 0)
        {
            found.Need(KernelFeature.TailCallsWithLocalCalls, tailCall);
        }
    }

    private static int FindTailCall(ProgramSpec program)
    {
        for (int slot = 0; slot < program.Instructions.Length; slot++)
        {
            if (program.Instructions[slot] is { Op: Op.CallHelper, Imm: 12 })
            {
                return slot;
            }
        }

        return -1;
    }

    private static void AddInstruction(Collector found, BpfObject obj, ProgramSpec program, int slot, in OpcodeInfo row)
    {
        Instruction instruction = program.Instructions[slot];
        switch (row.Op)
        {
            case Op.CallHelper when HelperTable.Find(instruction.Imm) is { } helper:
                int since = Math.Max(helper.Since, ProgramTypeTable.FindSince(program.Type, helper.Id, program.AttachType));
                bool isLater = since > Math.Max((int)helper.Since, ProgramTypeTable.Find(program.Type)?.Since ?? 0);
                string what = isLater ? $"{helper.FullName} in programs of type {program.Type}" : helper.FullName;

                // What a program type may call is not in the types: there the release has to say.
                found.Need(isLater ? since : helper.Since, what, slot, isLater ? null : ("bpf_func_id", helper.Id), onlyWhenReached: true);
                break;
            case Op.CallKfunc:
                ExternSpec? symbol = (uint)instruction.Imm < (uint)obj.Externs.Count ? obj.Externs[instruction.Imm] : null;
                string name = symbol?.Name ?? "";
                found.Need(KernelFeature.KernelFunctions, slot);
                found.NeedFunction(KfuncTable.Find(name)?.Since ?? 0, $"kernel function {name}", slot, name, symbol?.IsWeak == true);
                break;
            case Op.CallLocal:
                found.Need(KernelFeature.LocalCalls, slot);
                break;
            case Op.LoadFunction:
                found.Need(KernelFeature.Callbacks, slot);
                break;
            case Op.LoadMapValueIndex or Op.LoadMapValueFd:
                found.Need(KernelFeature.GlobalData, slot);
                break;
            case Op.LoadMapIndex or Op.LoadMapFd:
                break;
            default:
                if (row.Kind is OpKind.Jump or OpKind.ConditionalJump && slot + 1 + Distance(instruction) <= slot)
                {
                    found.Need(KernelFeature.BoundedLoops, slot);
                }

                if (row.Kind == OpKind.ConditionalJump && row.Width == 32)
                {
                    found.Need(row.Since, "32-bit comparisons (-mcpu=v3)", slot);
                }
                else if (row.Since > FirstRelease)
                {
                    string level = row.CpuVersion > 1 ? $" (-mcpu=v{row.CpuVersion})" : "";
                    found.Need(row.Since, $"instruction {row.Op}{level}", slot);
                }

                break;
        }
    }

    private static void AddMap(Collector found, BpfObject obj, MapSpec map, int slot)
    {
        for (MapSpec? shape = map; shape is not null; shape = shape.InnerMap)
        {
            found.Need(KernelFeatureTable.FindSince(shape.Type), $"map type {shape.Type}", slot, ("bpf_map_type", (long)shape.Type));
            if (shape.Role != MapRole.User)
            {
                // Loaders drop the flags of global data that a kernel does not know.
                continue;
            }

            foreach ((MapFlags flag, ushort since) in KernelFeatureTable.FindFlags(shape.Flags))
            {
                found.Need(since, $"map flag {flag} (map '{shape.Name}')", slot);
            }

            foreach (SpecialField field in FieldFinder.InValues(obj, shape, kernel: null).All)
            {
                found.Need(KernelFeatureTable.FindSince(field.Kind), $"a {field.Kind} in the value of map '{shape.Name}'", slot);
            }
        }
    }

    private static int Distance(Instruction instruction) => instruction.Op == Op.Ja32 ? instruction.Imm : instruction.Offset;

    // The first place of each thing.
    private sealed class Collector
    {
        private readonly Dictionary<string, KernelRequirement> _found = [];

        public void Need(KernelFeature feature, int slot) =>
            Need(KernelFeatureTable.FindSince(feature), KernelFeatureTable.Describe(feature), slot);

        public void Need(int since, string what, int slot, (string, long)? enumerator = null, bool onlyWhenReached = false)
        {
            if (since > 0)
            {
                _found.TryAdd(what, new(since, what, slot) { Enumerator = enumerator, OnlyWhenReached = onlyWhenReached });
            }
        }

        // A weak function is asked for by its address first: only a path that reaches the call needs it.
        public void NeedFunction(int since, string what, int slot, string name, bool isWeak) => _found.TryAdd(
            what, new(Math.Max(since, KernelFeatureTable.FindSince(KernelFeature.KernelFunctions)), what, slot)
            {
                Function = name,
                OnlyWhenReached = isWeak,
            });

        public ImmutableArray<KernelRequirement> Ordered() => [.. _found.Values.OrderByDescending(r => r.Since).ThenBy(r => r.Slot)];
    }
}
