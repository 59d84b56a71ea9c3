using System.Globalization;
using System.Runtime.Versioning;
using BpfSharp.Btf;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Loading;
using BpfSharp.Linux.Maps;
using BpfSharp.Linux.Programs;
using BpfSharp.Linux.Types;
using BpfSharp.Maps;
using BpfSharp.Objects;

#pragma warning disable IDE0010, IDE0072 // types without special needs are all probed alike

namespace BpfSharp.Linux.Features;

/// <summary>Asks this kernel what it has, by the smallest program or map that uses it.</summary>
[SupportedOSPlatform("linux")]
public static class FeatureProbes
{
    /// <summary>All program types.</summary>
    public static IEnumerable<Feature> ProgramTypes() => Enum.GetValues<ProgramType>().Where(t => t != ProgramType.Unspecified).Select(t => Probe(t));

    /// <summary>All map types.</summary>
    public static IEnumerable<Feature> MapTypes() => Enum.GetValues<MapType>().Where(t => t != MapType.Unspecified).Select(t => Probe(t));

    /// <summary>All helpers, in programs of one type.</summary>
    /// <param name="type">The type.</param>
    public static IEnumerable<Feature> Helpers(ProgramType type) => HelperTable.All.Select(helper => Probe(type, helper.Id));

    /// <summary>Everything else that is asked.</summary>
    public static IEnumerable<Feature> Abilities() => AbilityProbes.All();

    /// <summary>Whether programs of a type can be loaded.</summary>
    /// <param name="type">The type.</param>
    public static Feature Probe(ProgramType type)
    {
        ProgramLoading.Outcome outcome = Load(type, [Instruction.Encode(Op.Mov64Imm, Register.R0, imm: 1), Instruction.Encode(Op.Exit)]);
        outcome.Handle?.Dispose();
        (FeatureOutcome found, string reason) = Judge(type, outcome);
        return new Feature(FeatureKind.ProgramType, type.ToString(), found, reason, SinceText(ProgramTypeTable.Find(type)?.Since ?? 0));
    }

    /// <summary>Whether maps of a type can be made.</summary>
    /// <param name="type">The type.</param>
    public static Feature Probe(MapType type)
    {
        try
        {
            MakeMap(type);
            return new Feature(FeatureKind.MapType, type.ToString(), FeatureOutcome.Available, "", MapSince.Of(type));
        }
        catch (KernelException e)
        {
            bool denied = e.ErrorNumber is Errno.Eperm or Errno.Eacces;
            return new Feature(FeatureKind.MapType, type.ToString(), denied ? FeatureOutcome.Unknown : FeatureOutcome.Missing,
                e.ErrorNumber == 0 ? e.Findings[0].Message : $"BPF_MAP_CREATE answers {e.ErrorName}", MapSince.Of(type));
        }
    }

    /// <summary>Whether a helper can be called by programs of a type.</summary>
    /// <param name="type">The type.</param>
    /// <param name="id">The helper's number.</param>
    public static Feature Probe(ProgramType type, int id)
    {
        HelperInfo? helper = HelperTable.Find(id);
        string name = $"{helper?.FullName ?? $"helper {id}"} in {type}";
        string since = SinceText(Math.Max(ProgramTypeTable.FindSince(type, id), helper?.Since ?? 0));
        ProgramLoading.Outcome outcome = Load(type, [Instruction.Encode(Op.CallHelper, imm: id), Instruction.Encode(Op.Mov64Imm, Register.R0, imm: 1), Instruction.Encode(Op.Exit)]);
        outcome.Handle?.Dispose();
        if (outcome.Handle is not null)
        {
            return new Feature(FeatureKind.Helper, name, FeatureOutcome.Available, "", since);
        }

        if (outcome.Log.Length == 0)
        {
            (FeatureOutcome found, string reason) = Judge(type, outcome);
            return new Feature(FeatureKind.Helper, name, found == FeatureOutcome.Available ? FeatureOutcome.Unknown : found, reason, since);
        }

        // The helper is known when the verifier complains of anything but the call itself.
        string line = VerifierLog.Summarize(outcome.Log).Message;
        bool refused = line.Contains("invalid func", StringComparison.Ordinal) || line.Contains("unknown func", StringComparison.Ordinal)
            || line.Contains("cannot use helper", StringComparison.Ordinal);
        return new Feature(FeatureKind.Helper, name, refused ? FeatureOutcome.Missing : FeatureOutcome.Available, refused ? line : "", since);
    }

    internal static ProgramLoading.Outcome Load(ProgramType type, Instruction[] instructions)
    {
        (AttachType? hook, uint target) = Needs(type);
        return ProgramLoading.Load(new ProgramImage
        {
            Name = "probe",
            Type = type,
            AttachType = hook,
            AttachTypeId = target,
            License = "GPL",
            KernelVersion = (uint)KernelVersion.Current.Code,
            Instructions = InstructionPatching.ToBytes(instructions),
            Flags = type == ProgramType.Syscall ? ProgramFlags.Sleepable : ProgramFlags.None,
        }, ProgramLoading.LogPath);
    }

    internal static string SinceText(int release) => release <= 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{release / 100}.{release % 100}");

    private static (FeatureOutcome, string) Judge(ProgramType type, ProgramLoading.Outcome outcome)
    {
        if (outcome.Handle is not null)
        {
            return (FeatureOutcome.Available, "");
        }

        string errno = Errno.NameOf(outcome.ErrorNumber);
        if (outcome.ErrorNumber == Errno.Eperm && outcome.Log.Length == 0)
        {
            // Root with all it takes, and still refused before the verifier: a rule of this kernel, not a lack of privilege.
            return DoctorFacts.HasCapabilities ? (FeatureOutcome.Missing, "forbidden to root too (a vendor's or lockdown's rule)")
                : (FeatureOutcome.Unknown, "this process lacks the capabilities to ask");
        }

        // A program that reached the verifier proves its type, whatever else it lacks (a target, a context).
        bool reached = outcome.Log.Contains("processed", StringComparison.Ordinal) || outcome.Log.Contains("attach_btf_id", StringComparison.Ordinal)
            || outcome.Log.Contains("FENTRY/FEXIT", StringComparison.Ordinal) || outcome.Log.Contains("struct_ops", StringComparison.Ordinal)
            || outcome.Log.Contains("Cannot replace", StringComparison.Ordinal);
        return reached ? (FeatureOutcome.Available, "")
            : outcome.ErrorNumber is Errno.Einval or Errno.E2Big ? (FeatureOutcome.Missing, $"BPF_PROG_LOAD answers {errno}: unknown to this kernel, or not built in")
            : (FeatureOutcome.Unknown, $"BPF_PROG_LOAD answers {errno} for {type}");
    }

    private static (AttachType? Hook, uint Target) Needs(ProgramType type) => type switch
    {
        ProgramType.CgroupSockAddr => (AttachType.CgroupInet4Connect, 0),
        ProgramType.CgroupSockopt => (AttachType.CgroupSetSockopt, 0),
        ProgramType.CgroupSkb => (AttachType.CgroupInetEgress, 0),
        ProgramType.SkLookup => (AttachType.SkLookup, 0),
        ProgramType.Netfilter => (AttachType.Netfilter, 0),
        ProgramType.Tracing => (AttachType.TraceRawTp, (uint)KernelTypes.Find("btf_trace_sys_enter", BtfKind.Typedef).Id),
        ProgramType.Lsm => (AttachType.LsmMac, (uint)KernelTypes.Find("bpf_lsm_file_open", BtfKind.Function).Id),
        ProgramType.StructOps => (null, (uint)KernelTypes.Find("tcp_congestion_ops", BtfKind.Struct).Id),
        _ => (null, 0),
    };

    private static void MakeMap(MapType type)
    {
        MapSpec spec = new() { Name = "probe", Type = type, KeySize = 4, ValueSize = 4, MaxEntries = 1 };
        switch (type)
        {
            case MapType.StackTrace:
                spec.ValueSize = 8;
                break;
            case MapType.LpmTrie:
                (spec.KeySize, spec.ValueSize, spec.Flags) = (8, 8, MapFlags.NoPreallocate);
                break;
            case MapType.CgroupStorage or MapType.PerCpuCgroupStorage:
                (spec.KeySize, spec.ValueSize, spec.MaxEntries) = (16, 8, 0);
                break;
            case MapType.Queue or MapType.Stack or MapType.BloomFilter:
                spec.KeySize = 0;
                break;
            case MapType.RingBuffer or MapType.UserRingBuffer:
                (spec.KeySize, spec.ValueSize, spec.MaxEntries) = (0, 0, (uint)Libc.PageSize);
                break;
            case MapType.Arena:
                (spec.KeySize, spec.ValueSize, spec.Flags) = (0, 0, MapFlags.Mmapable);
                break;
            case MapType.InstructionArray:
                spec.ValueSize = 16;
                break;
            case MapType.SkStorage or MapType.InodeStorage or MapType.TaskStorage or MapType.CgroupLocalStorage:
                MakeStorage(spec);
                return;
            case MapType.StructOps:
                MakeStructOps(spec);
                return;
            case MapType.ArrayOfMaps or MapType.HashOfMaps:
                using (KernelMap inner = MapCreation.Create(new MapSpec { Name = "inner", Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 }))
                {
                    MapCreation.Create(spec, null, inner.FileDescriptor).Dispose();
                }

                return;
            default:
                break;
        }

        MapCreation.Create(spec).Dispose();
    }

    private static void MakeStorage(MapSpec spec)
    {
        BtfBuilder builder = new();
        spec.KeyTypeId = builder.AddInt("int", 4, BtfIntEncoding.Signed);
        spec.ValueTypeId = spec.KeyTypeId;
        (spec.MaxEntries, spec.Flags) = (0, MapFlags.NoPreallocate);
        using BpfHandle? types = TypeUpload.TryLoad(builder.ToArray(), null, out int errno);
        if (types is null)
        {
            throw KernelException.Refused("BPF5006", "types", "BPF_BTF_LOAD", errno);
        }

        MapCreation.Create(spec, types).Dispose();
    }

    private static void MakeStructOps(MapSpec spec)
    {
        (int id, _) = KernelTypes.Find("bpf_struct_ops_tcp_congestion_ops", BtfKind.Struct);
        if (id == 0)
        {
            throw KernelException.Missing("BPF5011", "map 'probe'", "the kernel's types have no structure that BPF can implement");
        }

        BtfBuilder builder = new();
        builder.AddInt("int", 4, BtfIntEncoding.Signed);
        spec.ValueTypeId = 1;
        spec.ValueSize = KernelTypes.Kernel!.SizeOf(id);
        using BpfHandle? types = TypeUpload.TryLoad(builder.ToArray(), null, out _);
        MapCreation.Create(spec, types, 0, (uint)id).Dispose();
    }
}
