using BpfSharp.Btf;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Maps;
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
        Assert.Equal("the program needs bpf_ktime_get_tai_ns, which came with Linux 6.1; the target is 5.15", finding.Message);
        Assert.Equal(0, finding.Slot);
        Assert.Empty(KernelRequirements.Check(obj, program, KernelProfile.Latest));
    }

    public static TheoryData<string, ProgramType, string, int> Needs { get; } = new()
    {
        // what it is                     type                      program                                            first release
        { "a ring buffer", ProgramType.SchedCls, "r1 = map[ring]; r2 = 8; r3 = 0; call bpf_ringbuf_reserve; if r0 == 0 goto out; r1 = r0; r2 = 0; "
            + "call bpf_ringbuf_discard; out: r0 = 0; exit", 508 },
        { "tail calls beside local calls", ProgramType.SchedCls, "r6 = r1; call next; r1 = r6; r2 = map[programs]; r3 = 0; call bpf_tail_call; r0 = 0; exit; "
            + "next: r0 = 1; exit", 510 },
        { "an atomic that gives the old value", ProgramType.Xdp, "*(u64 *)(r10 - 8) = 0; r1 = 1; r1 = atomic64_fetch_add((u64 *)(r10 - 8), r1); r0 = 2; exit", 512 },
        { "signed division", ProgramType.Xdp, "r0 = 8; r0 s/= 2; r0 = 2; exit", 606 },
        { "a context field", ProgramType.SchedCls, "r0 = *(u32 *)(r1 + 176); r0 = 0; exit", 507 },
        { "a context field of a device map", ProgramType.SchedCls, "r0 = *(u64 *)(r1 + 184); r0 = 0; exit", 516 },
        { "a constant stored to the context", ProgramType.SchedCls, "*(u32 *)(r1 + 8) = 1; r0 = 0; exit", 604 },
        { "stack never written", ProgramType.SocketFilter, "r0 = *(u64 *)(r10 - 8); exit", 601 },
        { "nothing new", ProgramType.SocketFilter, "r0 = 0; exit", 319 },
        { "never, by any kernel", ProgramType.SocketFilter, "r0 = *(u64 *)(r0 + 0); exit", 0 },
        { "a call never reached", ProgramType.Xdp, "r1 = 0; if r1 == 0 goto out; call bpf_ktime_get_tai_ns; out: r0 = 2; exit", 408 },
    };

    [Theory]
    [MemberData(nameof(Needs))]
    public void The_first_release_is_the_one_whose_rules_accept(string what, ProgramType type, string text, int release)
    {
        (BpfObject obj, ProgramSpec program) = Make(type, text);
        VerificationResult newest = ProgramVerifier.Verify(obj, program, new VerifierOptions { FindFirstRelease = true });
        Assert.True(newest.FirstRelease == release, $"{what}: {newest.FirstRelease} {string.Join("; ", newest.Requirements)}");
        Assert.Equal(release > 0, newest.IsAccepted);
        if (release <= 319)
        {
            return;
        }

        // On the release before, it is refused, with an id, a next step and the release; on the release itself it is accepted.
        Assert.True(KernelProfile.TryParse(KernelProfile.FormatRelease(release), out KernelProfile first));
        Assert.True(ProgramVerifier.Verify(obj, program, new VerifierOptions { Kernel = first }).IsAccepted);
        VerificationResult older = ProgramVerifier.Verify(obj, program, new VerifierOptions { Kernel = new("older", release - 1, false) });
        Assert.Equal(Verdict.Rejected, older.Verdict);
        Assert.Equal(release, older.FirstRelease);
        Assert.All(older.Findings, f => Assert.Contains(KernelProfile.FormatRelease(release), f.Suggestion, StringComparison.Ordinal));
    }

    [Fact]
    public void Types_say_more_than_the_release()
    {
        BtfBuilder builder = new();
        int helpers = builder.AddEnum("bpf_func_id", 4);
        builder.AddEnumerator(helpers, "BPF_FUNC_unspec", 0);
        builder.AddEnumerator(helpers, "BPF_FUNC_ktime_get_tai_ns", 208);
        builder.AddEnumerator(helpers, "__BPF_FUNC_MAX_ID", 209);
        (BpfObject obj, ProgramSpec program) = Make(ProgramType.Xdp, "call bpf_ktime_get_tai_ns; r0 = 2; exit");
        (BpfObject other, ProgramSpec lacking) = Make(ProgramType.Xdp, "call bpf_ktime_get_ns; r0 = 2; exit");
        KernelProfile kernel = new("5.15 of a distribution", 515, false) { Types = builder.Build() };

        Assert.True(ProgramVerifier.Verify(obj, program, new VerifierOptions { Kernel = kernel }).IsAccepted);
        Finding finding = Assert.Single(ProgramVerifier.Verify(other, lacking, new VerifierOptions { Kernel = kernel }).Findings);
        Assert.Equal("BPF2502", finding.Id);
        Assert.Contains("bpf_ktime_get_ns", finding.Message, StringComparison.Ordinal);
    }

    private static (BpfObject Object, ProgramSpec Program) Make(ProgramType type, string text)
    {
        BpfObject obj = new() { Name = "test", License = "GPL" };
        obj.Maps.Add(new MapSpec { Name = "ring", Type = MapType.RingBuffer, MaxEntries = 4096 });
        obj.Maps.Add(new MapSpec { Name = "programs", Type = MapType.ProgramArray, KeySize = 4, ValueSize = 4, MaxEntries = 1 });
        ProgramSpec program = new()
        {
            Name = "test",
            Type = type,
            Instructions = Assembler.Assemble(text.Replace(';', '\n'), new()
            {
                HelperNumber = name => HelperTable.Find(name)?.Id,
                MapIndex = name => name == "ring" ? 0 : 1,
            }),
        };
        List<Subprogram> functions = [new("test", 0, 0, true)];
        for (int slot = 0; slot < program.Instructions.Length; slot++)
        {
            if (program.Instructions[slot].Op == Op.CallLocal)
            {
                functions.Add(new("next", slot + 1 + program.Instructions[slot].Imm, 0, false));
            }
        }

        program.Subprograms = [.. functions];
        obj.Programs.Add(program);
        return (obj, program);
    }
}
