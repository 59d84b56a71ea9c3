using BpfSharp.Hooks;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Links;
using BpfSharp.Linux.Programs;
using BpfSharp.Linux.Tests.Sandbox;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Tests.Links;

public sealed class XdpTests
{
    private const int Drop = 1;
    private const int Pass = 2;

    [Theory]
    [InlineData(XdpMode.Generic)]
    [InlineData(XdpMode.Native)]
    [InlineData(XdpMode.Automatic)]
    public void Sees_every_frame_in_each_mode(XdpMode mode) => Sandboxed.Run(box =>
    {
        Network.AddVeth("a", "b");
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.Xdp, Drop));
        using (KernelLink link = box.Attach(loaded.Program("probe"), new Xdp("a", mode)))
        {
            Assert.Equal(LinkKind.Xdp, link.Info!.Kind);
            Network.SendFrame("b", Network.Frame(), 10);
            Assert.Equal(10ul, SandboxScope.Hits(loaded));
        }

        Network.SendFrame("b", Network.Frame());
        Assert.Equal(10ul, SandboxScope.Hits(loaded));
    }, [mode]);

    [Fact]
    public void Frags_programs_attach() => Sandboxed.Run(box =>
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(5, 18), "XDP programs that take frames in several buffers need Linux 5.18");
        Network.AddVeth("a", "b");
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.Xdp, Drop, flags: ProgramFlags.XdpHasFrags));
        using KernelLink link = box.Attach(loaded.Program("probe"), new Xdp("a", XdpMode.Native));
        Network.SendFrame("b", Network.Frame());
        Assert.Equal(1ul, SandboxScope.Hits(loaded));
    });

    [Fact]
    public void The_program_is_replaced_in_one_step() => Sandboxed.Run(box =>
    {
        Network.AddVeth("a", "b");
        KernelObject first = box.Load(TestPrograms.Counting(ProgramType.Xdp, Drop));
        KernelObject second = box.Load(TestPrograms.Counting(ProgramType.Xdp, Drop));
        using KernelLink link = box.Attach(first.Program("probe"), new Xdp("a", XdpMode.Generic));
        Network.SendFrame("b", Network.Frame());
        link.Update(second.Program("probe"));
        Network.SendFrame("b", Network.Frame(), 2);
        Assert.Equal(1ul, SandboxScope.Hits(first));
        Assert.Equal(2ul, SandboxScope.Hits(second));
    });

    [Fact]
    public void A_second_program_is_refused_with_what_to_do() => Sandboxed.Run(box =>
    {
        Network.AddVeth("a", "b");
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.Xdp, Pass));
        using KernelLink link = box.Attach(loaded.Program("probe"), new Xdp("a", XdpMode.Generic));
        KernelException error = Assert.Throws<KernelException>(() => loaded.Program("probe").Attach(new Xdp("a", XdpMode.Generic)));
        Assert.Equal("EBUSY", error.ErrorName);
        Assert.Contains("update or detach", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Native_mode_on_loopback_is_refused_with_the_other_mode() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.Xdp, Pass));
        KernelException error = Assert.Throws<KernelException>(() => loaded.Program("probe").Attach(new Xdp("lo", XdpMode.Native)));
        Assert.Equal("EOPNOTSUPP", error.ErrorName);
        Assert.Contains("Generic", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void An_unknown_interface_is_refused_with_those_there_are() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.Xdp, Pass));
        KernelException error = Assert.Throws<KernelException>(() => loaded.Program("probe").Attach(new Xdp("nosuch0")));
        Assert.Contains("'nosuch0'", error.Message, StringComparison.Ordinal);
        Assert.Contains("it has: lo", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_pinned_link_outlives_its_object() => Sandboxed.Run(box =>
    {
        Network.AddVeth("a", "b");
        string path = Path.Combine(SandboxScope.BpfDirectory, "link");
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.Xdp, Drop));
        KernelLink link = box.Attach(loaded.Program("probe"), new Xdp("a", XdpMode.Generic));
        uint id = link.Info!.Id;
        link.Pin(path);
        loaded.Program("probe").Dispose();
        Network.SendFrame("b", Network.Frame(), 3);
        Assert.Equal(3ul, SandboxScope.Hits(loaded));
        File.Delete(path);
        SandboxScope.WaitUntilGone(BpfCommand.LinkGetFdById, id);
        Network.SendFrame("b", Network.Frame(), 3);
        Assert.Equal(3ul, SandboxScope.Hits(loaded));
    });

    [Fact]
    public void Disposing_the_object_detaches() => Sandboxed.Run(box =>
    {
        Network.AddVeth("a", "b");
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.Xdp, Drop));
        _ = box.Attach(loaded.Program("probe"), new Xdp("a", XdpMode.Generic));
        loaded.Dispose();
        KernelObject other = box.Load(TestPrograms.Counting(ProgramType.Xdp, Drop));
        using KernelLink link = box.Attach(other.Program("probe"), new Xdp("a", XdpMode.Generic));
        Assert.Equal(LinkKind.Xdp, link.Info!.Kind);
    });

    [Fact]
    public void Detach_ends_it_while_the_link_lives() => Sandboxed.Run(box =>
    {
        Network.AddVeth("a", "b");
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.Xdp, Drop));
        KernelLink link = box.Attach(loaded.Program("probe"), new Xdp("a", XdpMode.Generic));
        link.Detach();
        Network.SendFrame("b", Network.Frame(), 3);
        Assert.Equal(0ul, SandboxScope.Hits(loaded));
    });

    [Fact]
    public void Live_frames_reach_the_device() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.Xdp, Pass));
        KernelProgram program = loaded.Program("probe");
        try
        {
            program.RunLiveFrames(Network.Frame(), [], 100, 32);
        }
        catch (KernelException e) when (e.ErrorName == "EINVAL")
        {
            Assert.Skip("live frames need Linux 5.18");
        }

        Assert.Equal(100ul, SandboxScope.Hits(loaded));
    });
}
