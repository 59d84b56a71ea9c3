using BpfSharp.Hooks;
using BpfSharp.Linux.Links;
using BpfSharp.Linux.Tests.Sandbox;

namespace BpfSharp.Linux.Tests.Links;

public sealed class TrafficControlTests
{
    private const int Next = -1;
    private const int Pass = 0;
    private const int Drop = 2;

    [Theory]
    [InlineData(TrafficDirection.Ingress)]
    [InlineData(TrafficDirection.Egress)]
    public void Tcx_sees_packets_of_its_direction(TrafficDirection direction) => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.SchedCls, Next));
        using (KernelLink link = AttachTcx(box, loaded, direction, null))
        {
            Assert.True(Network.Loopback());
            Assert.Equal(1ul, SandboxScope.Hits(loaded));
        }

        Assert.True(Network.Loopback());
        Assert.Equal(1ul, SandboxScope.Hits(loaded));
    }, [direction]);

    [Fact]
    public void Tcx_programs_run_in_the_order_asked_for() => Sandboxed.Run(box =>
    {
        KernelObject passing = box.Load(TestPrograms.Counting(ProgramType.SchedCls, Next));
        KernelObject dropping = box.Load(TestPrograms.Counting(ProgramType.SchedCls, Drop));
        using KernelLink second = AttachTcx(box, dropping, TrafficDirection.Ingress, null);
        using (KernelLink after = AttachTcx(box, passing, TrafficDirection.Ingress, LinkOrder.Last))
        {
            Assert.False(Network.Loopback());
            Assert.Equal(0ul, SandboxScope.Hits(passing));
        }

        using (KernelLink first = AttachTcx(box, passing, TrafficDirection.Ingress, LinkOrder.First))
        {
            Assert.False(Network.Loopback());
            Assert.Equal(1ul, SandboxScope.Hits(passing));
        }

        using (KernelLink first = AttachTcx(box, passing, TrafficDirection.Ingress, LinkOrder.Before(second)))
        {
            Assert.False(Network.Loopback());
            Assert.Equal(2ul, SandboxScope.Hits(passing));
        }

        using (KernelLink first = AttachTcx(box, passing, TrafficDirection.Ingress, LinkOrder.Before(dropping.Program("probe"))))
        {
            Assert.False(Network.Loopback());
            Assert.Equal(3ul, SandboxScope.Hits(passing));
        }

        using KernelLink last = AttachTcx(box, passing, TrafficDirection.Ingress, LinkOrder.After(second));
        Assert.False(Network.Loopback());
        Assert.Equal(3ul, SandboxScope.Hits(passing));
    });

    [Fact]
    public void Tcx_info_names_interface_and_hook() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.SchedCls, Next));
        using KernelLink link = AttachTcx(box, loaded, TrafficDirection.Egress, null);
        Assert.Equal(LinkKind.Tcx, link.Info!.Kind);
        Assert.Equal(1u, link.Info.InterfaceIndex);
        Assert.Equal(AttachType.TcxEgress, link.Info.AttachType);
    });

    [Fact]
    public void Tcx_links_take_another_program() => Sandboxed.Run(box =>
    {
        KernelObject dropping = box.Load(TestPrograms.Counting(ProgramType.SchedCls, Drop));
        KernelObject passing = box.Load(TestPrograms.Counting(ProgramType.SchedCls, Next));
        using KernelLink link = AttachTcx(box, dropping, TrafficDirection.Ingress, null);
        Assert.False(Network.Loopback());
        link.Update(passing.Program("probe"));
        Assert.True(Network.Loopback());
    });

    [Theory]
    [InlineData(TrafficDirection.Ingress)]
    [InlineData(TrafficDirection.Egress)]
    public void Clsact_filters_see_packets_and_go(TrafficDirection direction) => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.SchedCls, Pass));
        using (KernelLink link = AttachClsact(box, loaded, new TcClassifier("lo", direction)))
        {
            Assert.False(link.IsBpfLink);
            Assert.True(Network.Loopback());
            Assert.Equal(1ul, SandboxScope.Hits(loaded));
        }

        Assert.True(Network.Loopback());
        Assert.Equal(1ul, SandboxScope.Hits(loaded));
    }, [direction]);

    [Fact]
    public void Clsact_filters_drop_and_are_replaced() => Sandboxed.Run(box =>
    {
        KernelObject dropping = box.Load(TestPrograms.Counting(ProgramType.SchedCls, Drop));
        KernelObject passing = box.Load(TestPrograms.Counting(ProgramType.SchedCls, Pass));
        using KernelLink link = AttachClsact(box, dropping, new TcClassifier("lo", TrafficDirection.Ingress));
        Assert.False(Network.Loopback());
        link.Update(passing.Program("probe"));
        Assert.True(Network.Loopback());
        Assert.Equal(1ul, SandboxScope.Hits(passing));
    });

    [Fact]
    public void A_clsact_filter_leaves_the_others_when_it_goes() => Sandboxed.Run(box =>
    {
        KernelObject first = box.Load(TestPrograms.Counting(ProgramType.SchedCls, Next));
        KernelObject second = box.Load(TestPrograms.Counting(ProgramType.SchedCls, Pass));
        KernelLink one = AttachClsact(box, first, new TcClassifier("lo", TrafficDirection.Ingress, 1));
        using KernelLink two = AttachClsact(box, second, new TcClassifier("lo", TrafficDirection.Ingress, 2));
        one.Dispose();
        Assert.True(Network.Loopback());
        Assert.Equal(0ul, SandboxScope.Hits(first));
        Assert.Equal(1ul, SandboxScope.Hits(second));
    });

    [Fact]
    public void A_taken_priority_is_refused_with_what_to_do() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.SchedCls, Pass));
        using KernelLink link = AttachClsact(box, loaded, new TcClassifier("lo", TrafficDirection.Ingress));
        KernelException error = Assert.Throws<KernelException>(() => loaded.Program("probe").Attach(new TcClassifier("lo", TrafficDirection.Ingress)));
        Assert.Equal("EEXIST", error.ErrorName);
        Assert.Equal("RTM_NEWTFILTER", error.Command);
    });

    [Fact]
    public void Netkit_sees_packets_of_its_pair() => Sandboxed.Run(box =>
    {
        int added = Network.TryAddPair("kit0", "kit1", "netkit", out string reason);
        Assert.SkipWhen(added is -95 or -22, "this kernel has no netkit devices (CONFIG_NETKIT, Linux 6.7)");
        Assert.True(added == 0, $"ip link add kit0 type netkit peer kit1: {added} {reason}");
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.SchedCls, Next));
        using KernelLink link = box.Attach(loaded.Program("probe"), new Netkit("kit0"));
        Assert.Equal(LinkKind.Netkit, link.Info!.Kind);
        // With its peer down it drops before any program runs.
        Network.SetUp("kit0");
        Network.SetUp("kit1");
        Network.SendFrame("kit0", Network.Frame());
        Assert.True(SandboxScope.Hits(loaded) > 0);
    });

    private static KernelLink AttachTcx(SandboxScope box, KernelObject loaded, TrafficDirection direction, LinkOrder? order)
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(6, 6), "tcx needs Linux 6.6");
        return box.Attach(loaded.Program("probe"), new Tcx("lo", direction, order));
    }

    private static KernelLink AttachClsact(SandboxScope box, KernelObject loaded, TcClassifier point)
    {
        try
        {
            return box.Attach(loaded.Program("probe"), point);
        }
        catch (KernelException e) when (e.ErrorName is "ENOENT" or "EOPNOTSUPP")
        {
            Assert.Skip("this kernel has no clsact or cls_bpf: " + e.Message);
            throw;
        }
    }
}
