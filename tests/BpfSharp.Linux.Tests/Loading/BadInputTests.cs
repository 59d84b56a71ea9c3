using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Linux.Tests.Sandbox;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Tests.Loading;

/// <summary>What is wrong with an object is told with what was asked, the command, the errno by name, and what to do.</summary>
public sealed class BadInputTests
{
    /// <summary>A defect; what the refusal says: subject, command, errno (of any kernel), and a word of its next step.</summary>
    [Theory]
    [InlineData("map type", "map 'odd'", "BPF_MAP_CREATE", "EINVAL", "feature")]
    [InlineData("key size", "map 'odd'", "BPF_MAP_CREATE", "EINVAL", "feature")]
    [InlineData("value size", "map 'odd'", "BPF_MAP_CREATE", "E2BIG EINVAL", "")]
    [InlineData("no entries", "map 'odd'", "BPF_MAP_CREATE", "EINVAL", "feature")]
    [InlineData("flags", "map 'odd'", "BPF_MAP_CREATE", "ENOTSUPP EINVAL", "kernel")]
    [InlineData("no inner map", "map 'odd'", "", "", "MapSpec.InnerMap")]
    [InlineData("no program type", "program 'probe'", "", "", "ProgramSpec.Type")]
    [InlineData("program type", "program 'probe'", "BPF_PROG_LOAD", "EINVAL", "feature")]
    [InlineData("no target", "program 'probe'", "", "", "AttachTarget")]
    [InlineData("unknown target", "program 'probe'", "", "", "AttachTarget")]
    [InlineData("no types", "program 'probe'", "", "", "AttachPrograms")]
    [InlineData("extern", "program 'probe'", "", "", "__weak")]
    [InlineData("map left out", "program 'probe'", "", "", "AutoLoad")]
    [InlineData("pin path", "map 'hits'", "BPF_OBJ_PIN", "ENOENT", "create the directory")]
    public void A_defect_is_told_with_what_to_do(string defect, string subject, string command, string errors, string step) => Sandboxed.Run(box =>
    {
        KernelException error = Assert.Throws<KernelException>(() => box.Load(Broken(defect)));
        Finding finding = Assert.Single(error.Findings);
        Assert.Equal(subject, error.Subject);
        Assert.Equal(command, error.Command);
        Assert.True(errors.Length == 0 ? error.ErrorNumber == 0 : errors.Split(' ').Contains(error.ErrorName), error.Message);
        Assert.StartsWith("BPF50", finding.Id, StringComparison.Ordinal);
        Assert.Contains(command, finding.Message, StringComparison.Ordinal);
        Assert.Contains(error.ErrorName, finding.Message, StringComparison.Ordinal);
        Assert.Contains(step, finding.Suggestion ?? "", StringComparison.Ordinal);
    }, [defect, subject, command, errors, step]);

    private static BpfObject Broken(string defect)
    {
        BpfObject source = TestPrograms.Counting(ProgramType.Xdp);
        ProgramSpec probe = source.Programs[0];
        MapSpec odd = new() { Name = "odd", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 4 };
        switch (defect)
        {
            case "map type": odd.Type = (MapType)250; break;
            case "key size": odd.Type = MapType.Array; odd.KeySize = 8; break;
            case "value size": odd.Type = MapType.PerCpuArray; odd.ValueSize = 1 << 20; break;
            case "no entries": odd.MaxEntries = 0; break;
            case "flags": odd.Type = MapType.LruHash; odd.Flags = MapFlags.NoPreallocate; break;
            case "no inner map": odd.Type = MapType.HashOfMaps; odd.ValueSize = 4; break;
            case "no program type": probe.Type = ProgramType.Unspecified; break;
            case "program type": probe.Type = (ProgramType)200; break;
            case "no target": (probe.Type, probe.AttachType) = (ProgramType.Tracing, AttachType.TraceRawTp); break;
            case "unknown target": (probe.Type, probe.AttachType, probe.AttachTarget) = (ProgramType.Tracing, AttachType.TraceRawTp, "no_such_thing"); break;
            case "no types": (probe.Type, probe.AttachTarget) = (ProgramType.Extension, "anything"); break;
            case "extern":
                source.Externs.Add(new ExternSpec("no_such_function", ExternKind.Kfunc, IsWeak: false, 0));
                source.With("caller", ProgramType.Xdp, "call kfunc[no_such_function]\nexit");
                source.Programs.RemoveAt(0);
                source.Programs[0].Name = "probe";
                break;
            case "map left out": source.Maps[0].AutoCreate = false; break;
            case "pin path": (source.Maps[0].Pinning, source.Maps[0].PinPath) = (1, "/sys/fs/bpf/missing/hits"); break;
            default: throw new ArgumentException(defect);
        }

        if (defect is "map type" or "key size" or "value size" or "no entries" or "flags" or "no inner map")
        {
            source.Maps.Add(odd);
        }

        return source;
    }
}
