using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Objects;
using BpfSharp.Verifier.Profiles;

namespace BpfSharp.Verifier.Tests.Profiles;

public class KernelProfileTest
{
    [Theory]
    [InlineData("5.15", 515, false)]
    [InlineData("6.1", 601, true)]
    [InlineData("6.12.107+deb13-cloud-amd64", 612, true)]
    [InlineData("6.9.3-generic", 609, false)]
    [InlineData("latest", 618, true)]
    public void Names_are_understood(string name, int release, bool measured)
    {
        Assert.True(KernelProfile.TryParse(name, out KernelProfile profile));
        Assert.Equal(release, profile.Release);
        Assert.Equal(measured, profile.IsMeasured);
    }

    [Theory]
    [InlineData("")]
    [InlineData("6")]
    [InlineData("newest")]
    [InlineData("2.6")]
    [InlineData("6.x")]
    public void Other_names_are_refused(string name) => Assert.False(KernelProfile.TryParse(name, out _));

    [Theory]
    [InlineData(ProgramType.SocketFilter, "r0 = 0; exit", 319)]
    [InlineData(ProgramType.Xdp, "r0 = 2; exit", 408)]
    [InlineData(ProgramType.SchedCls, "r1 = 4; loop: r1 += -1; if r1 != 0 goto loop; r0 = 0; exit", 503)]
    [InlineData(ProgramType.SchedCls, "if w1 != 0 goto out; out: r0 = 0; exit", 501)]
    [InlineData(ProgramType.SchedCls, "call bpf_ktime_get_boot_ns; r0 = 0; exit", 508)]
    [InlineData(ProgramType.Xdp, "call bpf_ktime_get_tai_ns; r0 = 2; exit", 601)]
    [InlineData(ProgramType.SocketFilter, "call bpf_get_current_pid_tgid; r0 = 0; exit", 618)]
    public void The_first_release_follows_from_the_program(ProgramType type, string text, int release)
    {
        (BpfObject obj, ProgramSpec program) = Make(type, text);
        Assert.Equal(release, KernelRequirements.FindFirstRelease(obj, program));
    }

    [Fact]
    public void A_refusal_names_the_release()
    {
        (BpfObject obj, ProgramSpec program) = Make(ProgramType.Xdp, "call bpf_ktime_get_tai_ns; r0 = 2; exit");
        Assert.True(KernelProfile.TryParse("5.15", out KernelProfile kernel));
        Finding finding = Assert.Single(KernelRequirements.Check(obj, program, kernel));
        Assert.Equal("BPF2502", finding.Id);
        Assert.Equal("bpf_ktime_get_tai_ns is in Linux since 6.1; the target is 5.15", finding.Message);
        Assert.Equal(0, finding.Slot);
        Assert.Empty(KernelRequirements.Check(obj, program, KernelProfile.Latest));
    }

    private static (BpfObject Object, ProgramSpec Program) Make(ProgramType type, string text)
    {
        BpfObject obj = new() { Name = "test" };
        ProgramSpec program = new()
        {
            Name = "test",
            Type = type,
            Instructions = Assembler.Assemble(text.Replace(';', '\n'), new() { HelperNumber = name => HelperTable.Find(name)?.Id }),
        };
        obj.Programs.Add(program);
        return (obj, program);
    }
}
