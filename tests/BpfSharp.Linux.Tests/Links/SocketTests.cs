using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using BpfSharp.Hooks;
using BpfSharp.Linux.Links;
using BpfSharp.Linux.Maps;
using BpfSharp.Linux.Tests.Sandbox;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Tests.Links;

public sealed class SocketTests
{
    [Fact]
    public void A_filter_on_a_socket_drops_what_it_returns_zero_for() => Sandboxed.Run(box =>
    {
        KernelObject dropping = box.Load(TestPrograms.Counting(ProgramType.SocketFilter, 0));
        KernelObject passing = box.Load(TestPrograms.Counting(ProgramType.SocketFilter, -1));
        using Socket receiver = Bound(out EndPoint address);
        using (KernelLink link = box.Attach(dropping.Program("probe"), new SocketHook(receiver)))
        {
            Assert.False(Send(receiver, address));
            link.Update(passing.Program("probe"));
            Assert.True(Send(receiver, address));
        }

        Assert.Equal(1ul, SandboxScope.Hits(dropping));
        Assert.Equal(1ul, SandboxScope.Hits(passing));
        Assert.True(Send(receiver, address));
        Assert.Equal(1ul, SandboxScope.Hits(passing));
    });

    [Fact]
    public void A_selector_sees_the_packets_of_its_reuseport_group() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.SkReuseport, 1, AttachType.SkReuseportSelect));
        using Socket one = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        using Socket two = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        one.SetRawSocketOption(1, 15, [1, 0, 0, 0]);
        two.SetRawSocketOption(1, 15, [1, 0, 0, 0]);
        one.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        two.Bind(one.LocalEndPoint!);
        using (KernelLink link = box.Attach(loaded.Program("probe"), new SocketHook(one)))
        {
            using Socket sender = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            sender.SendTo([1], one.LocalEndPoint!);
            Assert.Equal(1ul, SandboxScope.Hits(loaded));
        }

        Assert.Equal("EINVAL", Assert.Throws<KernelException>(() =>
        {
            using Socket lone = Bound(out _);
            loaded.Program("probe").Attach(new SocketHook(lone));
        }).ErrorName);
    });

    [Theory]
    [InlineData(NetfilterHook.LocalOut)]
    [InlineData(NetfilterHook.LocalIn)]
    [InlineData(NetfilterHook.PreRouting)]
    [InlineData(NetfilterHook.PostRouting)]
    public void Netfilter_sees_and_drops(NetfilterHook hook) => Sandboxed.Run(box =>
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(6, 4), "netfilter links need Linux 6.4");
        KernelObject accepting = box.Load(TestPrograms.Counting(ProgramType.Netfilter, 1, AttachType.Netfilter));
        KernelObject dropping = box.Load(TestPrograms.Counting(ProgramType.Netfilter, 0, AttachType.Netfilter));
        using (KernelLink link = box.Attach(accepting.Program("probe"), new Netfilter(hook, 10)))
        {
            Assert.Equal(LinkKind.Netfilter, link.Info!.Kind);
            Assert.True(Network.Loopback());
            Assert.Equal(1ul, SandboxScope.Hits(accepting));
            using KernelLink drop = box.Attach(dropping.Program("probe"), new Netfilter(hook, -10));
            Assert.False(Network.Loopback());
            Assert.Equal(1ul, SandboxScope.Hits(accepting));
        }

        Assert.True(Network.Loopback());
        Assert.Equal(1ul, SandboxScope.Hits(accepting));
    }, [hook]);

    [Fact]
    public void A_taken_netfilter_priority_is_refused() => Sandboxed.Run(box =>
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(6, 4), "netfilter links need Linux 6.4");
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.Netfilter, 1, AttachType.Netfilter));
        using KernelLink link = box.Attach(loaded.Program("probe"), new Netfilter(NetfilterHook.LocalIn, 5));
        KernelException error = Assert.Throws<KernelException>(() => loaded.Program("probe").Attach(new Netfilter(NetfilterHook.LocalIn, 5)));
        Assert.Contains("priority", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Socket_lookup_runs_for_the_namespace() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.SkLookup, 1, AttachType.SkLookup));
        using (KernelLink link = box.Attach(loaded.Program("probe"), new NetworkNamespace()))
        {
            Assert.Equal(LinkKind.NetworkNamespace, link.Info!.Kind);
            Assert.True(Network.Loopback());
            Assert.Equal(1ul, SandboxScope.Hits(loaded));
        }

        Assert.True(Network.Loopback());
        Assert.Equal(1ul, SandboxScope.Hits(loaded));
    });

    [Fact]
    public void Flow_dissector_runs_when_a_hash_is_asked_for() => Sandboxed.Run(box =>
    {
        KernelObject dissector = box.Load(TestPrograms.Counting(ProgramType.FlowDissector, 0, AttachType.FlowDissector));
        KernelObject hashing = box.Load(TestPrograms.Of(ProgramType.SchedCls, """
            call 34
            r0 = 0
            exit
            """));
        using KernelLink link = box.Attach(dissector.Program("probe"), new NetworkNamespace());
        using KernelLink filter = box.Attach(hashing.Program("probe"), new TcClassifier("lo", TrafficDirection.Ingress));
        Network.SendFrame("lo", Network.Frame());
        Assert.True(SandboxScope.Hits(dissector) > 0);
    });

    [Theory]
    [InlineData(MapType.SockMap, false)]
    [InlineData(MapType.SockHash, false)]
    [InlineData(MapType.SockMap, true)]
    public void Messages_of_sockets_in_a_map(MapType type, bool asLink) => Sandboxed.Run(box =>
    {
        Assert.SkipWhen(asLink && !KernelVersion.Current.AtLeast(6, 10), "links on sockmaps need Linux 6.10");
        KernelObject loaded = box.Load(WithSockets(type).With("probe", ProgramType.SkMsg, Count(1), AttachType.SkMsgVerdict));
        (Socket client, Socket server) = Connected();
        using (client)
        using (server)
        using (KernelLink link = box.Attach(loaded.Program("probe"), new SocketMap((KernelMap)loaded.Map("sockets"), asLink)))
        {
            Insert(loaded, client);
            Assert.Equal(3, client.Send([1, 2, 3]));
            Assert.Equal(3, server.Receive(new byte[8]));
            Assert.Equal(1ul, SandboxScope.Hits(loaded));
        }
    }, [type, asLink]);

    [Fact]
    public void Received_data_of_sockets_in_a_map() => Sandboxed.Run(box =>
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(5, 13), "sk_skb/verdict needs Linux 5.13");
        KernelObject loaded = box.Load(WithSockets(MapType.SockMap).With("probe", ProgramType.SkSkb, Count(1), AttachType.SkSkbVerdict));
        (Socket client, Socket server) = Connected();
        using (client)
        using (server)
        using (KernelLink link = box.Attach(loaded.Program("probe"), new SocketMap((KernelMap)loaded.Map("sockets"))))
        {
            Insert(loaded, server);
            Assert.Equal(3, client.Send([1, 2, 3]));
            Assert.Equal(3, server.Receive(new byte[8]));
            Assert.True(SandboxScope.Hits(loaded) > 0);
        }
    });

    [Theory]
    [InlineData(ProgramType.LwtOut)]
    [InlineData(ProgramType.LwtXmit)]
    [InlineData(ProgramType.LwtIn)]
    public void Packets_of_a_route(ProgramType type) => Sandboxed.Run(box =>
    {
        Network.AddVeth("a", "b", "10.9.9.1");
        KernelObject loaded = box.Load(TestPrograms.Counting(type, 0));
        using (KernelLink link = AttachRoute(box, loaded))
        {
            if (type != ProgramType.LwtIn)
            {
                using Socket sender = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
                sender.SendTo([1], new IPEndPoint(IPAddress.Parse("10.77.0.1"), 9));
                Assert.Equal(1ul, SandboxScope.Hits(loaded));
            }
        }

        // The route went with the program.
        using Socket after = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        Assert.Equal(SocketError.NetworkUnreachable, Assert.Throws<SocketException>(
            () => after.SendTo([1], new IPEndPoint(IPAddress.Parse("10.77.0.1"), 9))).SocketErrorCode);
    }, [type]);

    [Fact]
    public void A_raw_link_reaches_a_hook_by_its_numbers() => Sandboxed.Run(box =>
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(6, 6), "tcx needs Linux 6.6");
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.SchedCls, -1));
        using KernelLink link = box.Attach(loaded.Program("probe"), new RawLink((uint)AttachType.TcxIngress, 1));
        Assert.Equal(LinkKind.Tcx, link.Info!.Kind);
        Assert.True(Network.Loopback());
        Assert.Equal(1ul, SandboxScope.Hits(loaded));
    });

    [Fact]
    public void A_missing_infrared_device_is_refused_by_path() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.SocketFilter));
        KernelException error = Assert.Throws<KernelException>(() => loaded.Program("probe").Attach(new InfraredDevice("/dev/nosuch")));
        Assert.Equal("ENOENT", error.ErrorName);
    });

    private static KernelLink AttachRoute(SandboxScope box, KernelObject loaded)
    {
        try
        {
            return box.Attach(loaded.Program("probe"), new LightweightTunnel(IPAddress.Parse("10.77.0.0"), 16, "a"));
        }
        catch (KernelException e) when (e.ErrorName is "EOPNOTSUPP" or "EINVAL")
        {
            Assert.Skip("this kernel has no lightweight tunnel programs (CONFIG_LWTUNNEL_BPF): " + e.Message);
            throw;
        }
    }

    private static BpfObject WithSockets(MapType type) => new BpfObject { License = "GPL" }.WithHits()
        .With(new MapSpec { Name = "sockets", Type = type, KeySize = 4, ValueSize = 8, MaxEntries = 8 });

    private static string Count(int verdict) => $"""
        r1 = map[hits][0]+0
        r2 = 1
        lock *(u64 *)(r1 +0) += r2
        r0 = {verdict}
        exit
        """;

    private static void Insert(KernelObject loaded, Socket socket)
    {
        byte[] value = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(value, socket.SafeHandle.DangerousGetHandle());
        Assert.Equal(0, loaded.Map("sockets").Update(new byte[4], value));
    }

    private static (Socket Client, Socket Server) Connected()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 2000 };
        client.Connect(listener.LocalEndPoint!);
        Socket server = listener.Accept();
        server.ReceiveTimeout = 2000;
        return (client, server);
    }

    private static Socket Bound(out EndPoint address)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 200 };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        address = socket.LocalEndPoint!;
        return socket;
    }

    private static bool Send(Socket receiver, EndPoint address)
    {
        using Socket sender = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        sender.SendTo([1, 2], address);
        try
        {
            return receiver.Receive(new byte[8]) == 2;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
