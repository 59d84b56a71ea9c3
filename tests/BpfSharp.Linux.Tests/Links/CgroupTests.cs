using System.Net;
using System.Net.Sockets;
using BpfSharp.Hooks;
using BpfSharp.Linux.Links;
using BpfSharp.Linux.Tests.Sandbox;

namespace BpfSharp.Linux.Tests.Links;

public sealed class CgroupTests
{
    /// <summary>Hook, program type, what makes it happen.</summary>
    public static TheoryData<AttachType, ProgramType, string> Hooks { get; } = new()
    {
        { AttachType.CgroupInetIngress, ProgramType.CgroupSkb, "loopback" },
        { AttachType.CgroupInetEgress, ProgramType.CgroupSkb, "loopback" },
        { AttachType.CgroupInetSockCreate, ProgramType.CgroupSock, "loopback" },
        { AttachType.CgroupInetSockRelease, ProgramType.CgroupSock, "loopback" },
        { AttachType.CgroupInet4PostBind, ProgramType.CgroupSock, "loopback" },
        { AttachType.CgroupInet6PostBind, ProgramType.CgroupSock, "bind6" },
        { AttachType.CgroupInet4Bind, ProgramType.CgroupSockAddr, "loopback" },
        { AttachType.CgroupInet6Bind, ProgramType.CgroupSockAddr, "bind6" },
        { AttachType.CgroupInet4Connect, ProgramType.CgroupSockAddr, "connect" },
        { AttachType.CgroupInet6Connect, ProgramType.CgroupSockAddr, "connect6" },
        { AttachType.CgroupUdp4SendMsg, ProgramType.CgroupSockAddr, "loopback" },
        { AttachType.CgroupUdp6SendMsg, ProgramType.CgroupSockAddr, "sendmsg6" },
        { AttachType.CgroupUdp4RecvMsg, ProgramType.CgroupSockAddr, "recvmsg" },
        { AttachType.CgroupInet4GetSockName, ProgramType.CgroupSockAddr, "names" },
        { AttachType.CgroupInet4GetPeerName, ProgramType.CgroupSockAddr, "names" },
        { AttachType.CgroupUnixConnect, ProgramType.CgroupSockAddr, "unix" },
        { AttachType.CgroupGetSockopt, ProgramType.CgroupSockopt, "getsockopt" },
        { AttachType.CgroupSetSockopt, ProgramType.CgroupSockopt, "setsockopt" },
        { AttachType.CgroupSysctl, ProgramType.CgroupSysctl, "sysctl" },
        { AttachType.CgroupDevice, ProgramType.CgroupDevice, "device" },
        { AttachType.CgroupSockOps, ProgramType.SockOps, "connect" },
    };

    [Theory]
    [MemberData(nameof(Hooks))]
    public void The_hook_runs_while_attached_and_not_after(AttachType hook, ProgramType type, string action) => Sandboxed.Run(box =>
    {
        SkipOld(hook);
        string cgroup = box.Cgroup;
        KernelObject loaded = box.Load(TestPrograms.Counting(type, 1, hook));
        using (KernelLink link = box.Attach(loaded.Program("probe"), new CgroupHook(cgroup)))
        {
            Assert.Equal(LinkKind.Cgroup, link.Info!.Kind);
            Assert.Equal(hook, link.Info.AttachType);
            Act(action);
        }

        ulong hits = SandboxScope.Hits(loaded);
        Assert.True(hits > 0, $"{hook} was not seen");
        Act(action);
        Assert.Equal(hits, SandboxScope.Hits(loaded));
    }, [hook, type, action]);

    [Theory]
    [InlineData(AttachType.CgroupInetEgress, ProgramType.CgroupSkb, "loopback")]
    [InlineData(AttachType.CgroupInet4Connect, ProgramType.CgroupSockAddr, "connect")]
    [InlineData(AttachType.CgroupSysctl, ProgramType.CgroupSysctl, "sysctl")]
    [InlineData(AttachType.CgroupDevice, ProgramType.CgroupDevice, "device")]
    [InlineData(AttachType.CgroupInetSockCreate, ProgramType.CgroupSock, "socket")]
    [InlineData(AttachType.CgroupInet4Bind, ProgramType.CgroupSockAddr, "bind")]
    public void A_zero_denies(AttachType hook, ProgramType type, string action) => Sandboxed.Run(box =>
    {
        string cgroup = box.Cgroup;
        KernelObject loaded = box.Load(TestPrograms.Counting(type, 0, hook));
        Assert.True(Act(action));
        using (KernelLink link = box.Attach(loaded.Program("probe"), new CgroupHook(cgroup)))
        {
            Assert.False(Act(action));
        }

        Assert.True(Act(action));
    }, [hook, type, action]);

    [Theory]
    [InlineData(CgroupSharing.Multiple)]
    [InlineData(CgroupSharing.Override)]
    [InlineData(CgroupSharing.Exclusive)]
    public void The_older_way_attaches_and_detaches(CgroupSharing sharing) => Sandboxed.Run(box =>
    {
        string cgroup = box.Cgroup;
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.CgroupSkb, 1, AttachType.CgroupInetEgress));
        using (KernelLink link = box.Attach(loaded.Program("probe"), new CgroupProgram(cgroup, sharing)))
        {
            Assert.Null(link.Info);
            Assert.True(Network.Loopback());
        }

        ulong hits = SandboxScope.Hits(loaded);
        Assert.True(hits > 0);
        Assert.True(Network.Loopback());
        Assert.Equal(hits, SandboxScope.Hits(loaded));
    }, [sharing]);

    [Fact]
    public void Programs_of_a_cgroup_have_an_order() => Sandboxed.Run(box =>
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(6, 16), "order among cgroup programs needs Linux 6.16");
        string cgroup = box.Cgroup;
        KernelObject denying = box.Load(TestPrograms.Counting(ProgramType.CgroupDevice, 0, AttachType.CgroupDevice));
        KernelObject first = box.Load(TestPrograms.Counting(ProgramType.CgroupDevice, 1, AttachType.CgroupDevice));
        using KernelLink one = box.Attach(denying.Program("probe"), new CgroupHook(cgroup));
        using KernelLink two = box.Attach(first.Program("probe"), new CgroupHook(cgroup, LinkOrder.First));
        Assert.False(Act("device"));
        Assert.Equal(1ul, SandboxScope.Hits(first));
    });

    [Fact]
    public void Connect_redirects_to_another_port() => Sandboxed.Run(box =>
    {
        string cgroup = box.Cgroup;
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 4444));
        listener.Listen();
        // user_port at byte 24, network order: 4444 = 0x115c.
        KernelObject loaded = box.Load(TestPrograms.Of(ProgramType.CgroupSockAddr, """
            r2 = 0x5c11
            *(u32 *)(r1 +24) = r2
            r0 = 1
            exit
            """, AttachType.CgroupInet4Connect));
        using KernelLink link = box.Attach(loaded.Program("probe"), new CgroupHook(cgroup));
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(new IPEndPoint(IPAddress.Loopback, 9));
        Assert.Equal(4444, ((IPEndPoint)client.RemoteEndPoint!).Port);
    });

    [Fact]
    public void Lsm_of_a_cgroup_attaches() => Sandboxed.Run(box =>
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(6, 0), "LSM programs of a cgroup need Linux 6.0");
        string cgroup = box.Cgroup;
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.Lsm, 1, AttachType.LsmCgroup, "socket_bind"));
        using KernelLink link = box.Attach(loaded.Program("probe"), new CgroupHook(cgroup));
        Assert.True(Network.Loopback());
        Assert.True(SandboxScope.Hits(loaded) > 0);
    });

    [Fact]
    public void A_directory_that_is_no_cgroup_is_refused() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.CgroupSkb, 1, AttachType.CgroupInetEgress));
        KernelException error = Assert.Throws<KernelException>(() => loaded.Program("probe").Attach(new CgroupHook("/tmp")));
        Assert.Contains("no cgroup", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<KernelException>(() => loaded.Program("probe").Attach(new CgroupHook("/nosuch")));
        Assert.Equal("ENOENT", error.ErrorName);
    });

    private static void SkipOld(AttachType hook)
    {
        Assert.SkipWhen(hook == AttachType.CgroupUnixConnect && !KernelVersion.Current.AtLeast(6, 7), "unix hooks need Linux 6.7");
    }

    /// <summary>Does what a hook watches; whether it was allowed.</summary>
    private static bool Act(string action)
    {
        try
        {
            switch (action)
            {
                case "loopback":
                    return Network.Loopback();
                case "recvmsg":
                    return ReceiveFrom();
                case "bind":
                    return Bind(AddressFamily.InterNetwork, IPAddress.Loopback);
                case "bind6":
                    return Bind(AddressFamily.InterNetworkV6, IPAddress.IPv6Loopback);
                case "connect":
                    return Connect(IPAddress.Loopback);
                case "connect6":
                    return Connect(IPAddress.IPv6Loopback);
                case "sendmsg6":
                    using (Socket socket = new(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp))
                    {
                        return socket.SendTo([1], new IPEndPoint(IPAddress.IPv6Loopback, 9)) == 1;
                    }

                case "names":
                    return Names();
                case "unix":
                    return ConnectUnix();
                case "socket":
                    using (Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp))
                    {
                        return true;
                    }

                case "getsockopt" or "setsockopt":
                    using (Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp))
                    {
                        socket.ReceiveBufferSize = 4096;
                        return socket.ReceiveBufferSize > 0;
                    }

                case "sysctl":
                    return File.ReadAllText("/proc/sys/net/ipv4/ip_forward").Length > 0;
                case "device":
                    using (FileStream file = File.OpenRead("/dev/zero"))
                    {
                        return file.CanRead;
                    }

                default:
                    throw new ArgumentException(action);
            }
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool Bind(AddressFamily family, IPAddress address)
    {
        using Socket socket = new(family, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(address, 0));
        return true;
    }

    private static bool Connect(IPAddress address)
    {
        using Socket listener = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen();
        using Socket client = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        return client.Connected;
    }

    private static bool ReceiveFrom()
    {
        using Socket receiver = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        receiver.ReceiveTimeout = 500;
        using Socket sender = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        sender.SendTo([1], receiver.LocalEndPoint!);
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        return receiver.ReceiveFrom(new byte[4], ref from) == 1;
    }

    private static bool Names()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        using Socket accepted = listener.Accept();
        return client.LocalEndPoint is not null && new Socket(accepted.SafeHandle).RemoteEndPoint is not null;
    }

    private static bool ConnectUnix()
    {
        string path = Path.Combine(Path.GetTempPath(), $"bpfsharp-{Guid.NewGuid():N}.sock");
        try
        {
            using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen();
            using Socket client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            client.Connect(new UnixDomainSocketEndPoint(path));
            return client.Connected;
        }
        finally
        {
            File.Delete(path);
        }
    }
}
