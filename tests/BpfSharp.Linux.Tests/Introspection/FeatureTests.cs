using BpfSharp.Hooks;
using BpfSharp.Linux.Features;
using BpfSharp.Linux.Tests.Sandbox;
using BpfSharp.Maps;

namespace BpfSharp.Linux.Tests.Introspection;

public sealed class FeatureTests
{
    [Theory]
    [InlineData(MapType.Hash)]
    [InlineData(MapType.LpmTrie)]
    [InlineData(MapType.ArrayOfMaps)]
    [InlineData(MapType.RingBuffer)]
    [InlineData(MapType.SkStorage)]
    [InlineData(MapType.StructOps)]
    public void Map_types_every_tested_kernel_has(MapType type) => Sandboxed.Run(_ =>
    {
        Feature feature = FeatureProbes.Probe(type);
        Assert.True(feature.Outcome == FeatureOutcome.Available, $"{feature}");
    }, [type]);

    [Theory]
    [InlineData(ProgramType.SocketFilter)]
    [InlineData(ProgramType.Kprobe)]
    [InlineData(ProgramType.Xdp)]
    [InlineData(ProgramType.SchedCls)]
    [InlineData(ProgramType.CgroupSockAddr)]
    [InlineData(ProgramType.CgroupSockopt)]
    [InlineData(ProgramType.Tracing)]
    [InlineData(ProgramType.SkLookup)]
    [InlineData(ProgramType.StructOps)]
    public void Program_types_every_tested_kernel_has(ProgramType type) => Sandboxed.Run(_ =>
    {
        Feature feature = FeatureProbes.Probe(type);
        Assert.True(feature.Outcome == FeatureOutcome.Available, $"{feature}");
    }, [type]);

    [Fact]
    public void A_map_type_of_the_future_is_missing_with_its_errno() => Sandboxed.Run(_ =>
    {
        Feature feature = FeatureProbes.Probe((MapType)999);
        Assert.Equal(FeatureOutcome.Missing, feature.Outcome);
        Assert.Contains("EINVAL", feature.Reason, StringComparison.Ordinal);
    });

    [Fact]
    public void A_program_type_of_the_future_is_missing() => Sandboxed.Run(_ =>
        Assert.Equal(FeatureOutcome.Missing, FeatureProbes.Probe((ProgramType)999).Outcome));

    [Fact]
    public void Helpers_are_told_apart_by_program_type() => Sandboxed.Run(_ =>
    {
        // skb_load_bytes is for socket buffers alone; map_lookup_elem for everyone; 9999 for nobody.
        Assert.Equal(FeatureOutcome.Available, FeatureProbes.Probe(ProgramType.SchedCls, 26).Outcome);
        Feature missing = FeatureProbes.Probe(ProgramType.Xdp, 26);
        Assert.Equal(FeatureOutcome.Missing, missing.Outcome);
        Assert.NotEmpty(missing.Reason);
        Assert.Equal(FeatureOutcome.Available, FeatureProbes.Probe(ProgramType.Xdp, 1).Outcome);
        Assert.Equal(FeatureOutcome.Missing, FeatureProbes.Probe(ProgramType.Xdp, 9999).Outcome);
    });

    [Fact]
    public void All_kinds_are_probed_and_say_since_when() => Sandboxed.Run(_ =>
    {
        Feature[] features = [.. FeatureProbes.ProgramTypes(), .. FeatureProbes.MapTypes(), .. FeatureProbes.Abilities()];
        Assert.All(features, f => Assert.False(f.Outcome != FeatureOutcome.Available && f.Reason.Length == 0, $"{f}"));
        Assert.All(features, f => Assert.NotEqual("", f.Since));
        Assert.Contains(features, f => f.Name == "batches of map elements" && f.Outcome == FeatureOutcome.Available);
    });

    [Fact]
    public void The_doctor_examines_all_and_explains_a_refusal() => Sandboxed.Run(_ =>
    {
        IReadOnlyList<DoctorCheck> checks = Doctor.Examine();
        Assert.Contains(checks, c => c.Name == "bpf(2)" && c.Severity == Diagnostics.Severity.Info);
        Assert.Contains(checks, c => c.Name == "mount of bpf" && c.Found.Contains("/sys/fs/bpf", StringComparison.Ordinal));
        Assert.All(checks.Where(c => c.Severity != Diagnostics.Severity.Info), c => Assert.NotEqual("", c.NextStep));
        KernelException refusal = KernelException.Refused("BPF5001", "program 'p'", "BPF_PROG_LOAD", 1);
        // It was the reason before Linux 5.11, and is blamed for everything ever since.
        Assert.All(Doctor.Explain(refusal), c => Assert.True(
            !c.NextStep.Contains("MEMLOCK", StringComparison.Ordinal) || !KernelVersion.Current.AtLeast(5, 11), c.NextStep));
    });
}
