using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Linux.Tests.Sandbox;
using BpfSharp.Runtime.Hosting;
using BpfSharp.Tests.Language;

namespace BpfSharp.Linux.Tests.Language;

/// <summary>The listing of README and blueprint: in the kernel on a veth, in process, and as plain C#, with the same counters and events.</summary>
public sealed class FirewallEverywhereTests
{
    private const uint Attacker = 0xC0000201;
    private const uint Scanner = 0xC0000202;
    private const uint Guest = 0xC0000203;

    // Who sent, in order; not all of them are blocked.
    private static readonly uint[] s_senders = [Attacker, Guest, Scanner, Attacker, Guest, Attacker, Scanner, Guest, Guest, Attacker];

    [Fact]
    public void The_three_places_agree()
    {
        Sandboxed.Run(_ =>
        {
            (ulong[] Hits, uint[] Events) plain = RunAsPlainCSharp();
            (ulong[] Hits, uint[] Events) inProcess = RunInProcess();
            (ulong[] Hits, uint[] Events) kernel = RunInKernel();

            Assert.Equal([4UL, 2UL], plain.Hits);
            Assert.Equal([Attacker, Scanner, Attacker, Attacker, Scanner, Attacker], plain.Events);
            Assert.Equal(plain.Hits, inProcess.Hits);
            Assert.Equal(plain.Events, inProcess.Events);
            Assert.Equal(plain.Hits, kernel.Hits);
            Assert.Equal(plain.Events, kernel.Events);
        });
    }

    private static (ulong[] Hits, uint[] Events) RunAsPlainCSharp()
    {
        Firewall.Blocked.ResetPlain();
        Firewall.Drops.ResetPlain();
        Firewall.Blocked.Set(Attacker, 0);
        Firewall.Blocked.Set(Scanner, 0);
        foreach (uint sender in s_senders)
        {
            XdpAction action = Firewall.Filter(XdpContext.FromPacket(Frames.IPv4(sender, Guest)));
            Assert.Equal(sender == Guest ? XdpAction.Pass : XdpAction.Drop, action);
        }

        Firewall.Blocked.TryGetValue(Attacker, out ulong first);
        Firewall.Blocked.TryGetValue(Scanner, out ulong second);
        return ([first, second], [.. Firewall.Drops.DrainPlain().Select(e => e.Source)]);
    }

    private static (ulong[] Hits, uint[] Events) RunInProcess()
    {
        using DeclaredObject fw = BpfHost.InProcess.Load(typeof(Firewall));
        Block(fw);
        LoadedProgram filter = fw.Program(Firewall.Filter);
        foreach (uint sender in s_senders)
        {
            RunResult result = filter.Run(Frames.IPv4(sender, Guest));
            Assert.Null(result.Fault);
            Assert.Equal((ulong)(sender == Guest ? XdpAction.Pass : XdpAction.Drop), result.ReturnValue);
        }

        return Read(fw);
    }

    private static (ulong[] Hits, uint[] Events) RunInKernel()
    {
        Network.AddVeth("a", "b");
        using DeclaredObject fw = BpfHost.Kernel.Load(typeof(Firewall));
        Block(fw);
        using Link link = fw.Program(Firewall.Filter).AttachXdp("a");
        foreach (uint sender in s_senders)
        {
            Network.SendFrame("b", Frames.IPv4(sender, Guest));
        }

        return Read(fw);
    }

    private static void Block(DeclaredObject fw)
    {
        fw.Map(Firewall.Blocked)[Attacker] = 0;
        fw.Map(Firewall.Blocked)[Scanner] = 0;
    }

    private static (ulong[] Hits, uint[] Events) Read(DeclaredObject fw)
    {
        List<uint> events = [];
        while (events.Count < 6 && fw.Map(Firewall.Drops).Read(TimeSpan.FromSeconds(10), out var batch, CancellationToken.None))
        {
            foreach (ref readonly DropEvent e in batch)
            {
                events.Add(e.Source);
            }
        }

        Assert.Equal(0, fw.Map(Firewall.Drops).Lost);
        return ([fw.Map(Firewall.Blocked)[Attacker], fw.Map(Firewall.Blocked)[Scanner]], [.. events]);
    }
}
