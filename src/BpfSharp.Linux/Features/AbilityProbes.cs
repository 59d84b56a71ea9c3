using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Linux.Introspection;
using BpfSharp.Linux.Links;
using BpfSharp.Linux.Maps;
using BpfSharp.Linux.Programs;
using BpfSharp.Linux.Types;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Features;

/// <summary>Things the kernel can do beside program types, map types and helpers.</summary>
[SupportedOSPlatform("linux")]
internal static class AbilityProbes
{
    /// <summary>Name, first release, and the test: empty if it works, else why not.</summary>
    private static readonly (string Name, string Since, Func<string> Test)[] s_rows =
    [
        ("types of the kernel (BTF)", "4.18", () => KernelTypes.Kernel is null ? "no /sys/kernel/btf/vmlinux (CONFIG_DEBUG_INFO_BTF)" : ""),
        ("types of objects (BTF)", "4.18", () => TypeSupport.OfThisKernel.Any ? "" : "BPF_BTF_LOAD is refused"),
        ("global functions", "5.6", () => TypeSupport.OfThisKernel.GlobalFunctions ? "" : "types of global functions are refused"),
        ("64-bit enumerations in types", "6.0", () => TypeSupport.OfThisKernel.Enum64 ? "" : "refused"),
        ("global data sections", "5.2", () => TypeSupport.OfThisKernel.DataSections ? "" : "types of data sections are refused"),
        ("batches of map elements", "5.6", Batches),
        ("arrays mapped into memory", "5.5", () => Refusal(() => MapCreation.Create(Array(MapFlags.Mmapable)).Dispose())),
        ("frozen maps", "5.2", Freezing),
        ("statistics of programs", "5.8", () => Refusal(() => KernelStatistics.Enable().Dispose())),
        ("bounded loops", "5.3", () => Loads([Instruction.Encode(Op.Mov64Imm, Register.R0, imm: 3), Instruction.Encode(Op.Add64Imm, Register.R0, imm: -1),
            Instruction.Encode(Op.Jne64Imm, Register.R0, offset: -2, imm: 0), Instruction.Encode(Op.Exit)])),
        ("instruction set v3 (32-bit jumps)", "5.1", () => Loads([Instruction.Encode(Op.Mov64Imm, Register.R0), Instruction.Encode(Op.Jeq32Imm, Register.R0, offset: 0, imm: 1),
            Instruction.Encode(Op.Exit)])),
        ("atomic operations with results", "5.12", () => Loads([Instruction.Encode(Op.Store64Imm, Register.R10, offset: -8, imm: 0), Instruction.Encode(Op.Mov64Imm, Register.R0, imm: 1),
            Instruction.Encode(Op.AtomicFetchAdd64, Register.R10, Register.R0, -8), Instruction.Encode(Op.Exit)])),
        ("instruction set v4 (signed division)", "6.6", () => Loads([Instruction.Encode(Op.Mov64Imm, Register.R0, imm: -8), Instruction.Encode(Op.SDiv64Imm, Register.R0, imm: 2),
            Instruction.Encode(Op.Exit)])),
        ("kprobes", "4.1", () => ProbeSource.Exists("kprobe") ? "" : "no kprobe events (CONFIG_KPROBES, CONFIG_KPROBE_EVENTS)"),
        ("uprobes", "4.3", () => ProbeSource.Exists("uprobe") ? "" : "no uprobe events (CONFIG_UPROBE_EVENTS)"),
        ("tracepoints", "4.7", () => FileSystem.TracingDirectory is null ? "tracefs is not mounted: mount -t tracefs tracefs /sys/kernel/tracing" : ""),
        ("attach cookies", "5.15", () => KernelVersion.Current.AtLeast(5, 15) ? "" : $"this kernel is {KernelVersion.Current}"),
        ("links on tc (tcx)", "6.6", () => KernelVersion.Current.AtLeast(6, 6) ? "" : $"this kernel is {KernelVersion.Current}"),
        ("pinning", "4.4", () => FileSystem.Mounts().Any(m => m.Kind == "bpf") ? "" : "no bpf file system is mounted: mount -t bpf bpf /sys/fs/bpf"),
        ("cgroup hooks", "4.10", () => FileSystem.Mounts().Any(m => m.Kind == "cgroup2") ? "" : "no cgroup2 file system is mounted"),
        ("streams of programs", "6.17", () => KernelVersion.Current.AtLeast(6, 17) ? "" : $"this kernel is {KernelVersion.Current}"),
        ("tracing of kernel functions (fentry)", "5.5", Fentry),
    ];

    internal static IEnumerable<Feature> All()
    {
        foreach ((string name, string since, Func<string> test) in s_rows)
        {
            string reason = test();
            FeatureOutcome outcome = reason.Length == 0 ? FeatureOutcome.Available
                : reason.Contains("EPERM", StringComparison.Ordinal) && !DoctorFacts.HasCapabilities ? FeatureOutcome.Unknown : FeatureOutcome.Missing;
            yield return new Feature(FeatureKind.Ability, name, outcome, reason, since);
        }
    }

    private static MapSpec Array(MapFlags flags = MapFlags.None) => new() { Name = "probe", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 4, Flags = flags };

    private static string Refusal(Action action)
    {
        try
        {
            action();
            return "";
        }
        catch (KernelException e)
        {
            return $"{e.Command} answers {e.ErrorName}";
        }
    }

    private static string Batches()
    {
        try
        {
            using KernelMap map = MapCreation.Create(Array());
            int result = map.UpdateBatch(new byte[4], new byte[8], out _);
            return result == 0 ? "" : $"BPF_MAP_UPDATE_BATCH answers {Errno.NameOf(result)}";
        }
        catch (KernelException e)
        {
            return $"{e.Command} answers {e.ErrorName}";
        }
    }

    private static string Freezing()
    {
        try
        {
            using KernelMap map = MapCreation.Create(Array());
            int result = map.Freeze();
            return result == 0 ? "" : $"BPF_MAP_FREEZE answers {Errno.NameOf(result)}";
        }
        catch (KernelException e)
        {
            return $"{e.Command} answers {e.ErrorName}";
        }
    }

    private static string Loads(Instruction[] instructions)
    {
        ProgramLoading.Outcome outcome = FeatureProbes.Load(ProgramType.SocketFilter, instructions);
        outcome.Handle?.Dispose();
        return outcome.Handle is not null ? "" : $"BPF_PROG_LOAD answers {Errno.NameOf(outcome.ErrorNumber)}";
    }

    private static string Fentry()
    {
        int target = KernelTypes.Find("bpf_fentry_test1", Btf.BtfKind.Function).Id;
        if (target == 0)
        {
            return "the kernel's types are missing";
        }

        ProgramLoading.Outcome outcome = ProgramLoading.Load(new ProgramImage
        {
            Name = "probe",
            Type = ProgramType.Tracing,
            AttachType = AttachType.TraceFentry,
            AttachTypeId = (uint)target,
            License = "GPL",
            Instructions = Loading.InstructionPatching.ToBytes([Instruction.Encode(Op.Mov64Imm, Register.R0), Instruction.Encode(Op.Exit)]),
        });
        outcome.Handle?.Dispose();
        return outcome.Handle is not null ? ""
            : outcome.ErrorNumber == Errno.Eperm && outcome.Log.Length == 0 && DoctorFacts.HasCapabilities
                ? "forbidden to root too (a vendor's or lockdown's rule): EPERM before verification"
                : $"BPF_PROG_LOAD answers {Errno.NameOf(outcome.ErrorNumber)}";
    }
}
