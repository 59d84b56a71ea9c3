using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Netlink;

namespace BpfSharp.Linux.Tests.Sandbox;

/// <summary>Devices and packets inside the sandbox's network namespace.</summary>
internal static class Network
{
    private const ushort NewLink = 16;
    private const ushort NewAddress = 20;
    private const ushort NameAttribute = 3;
    private const ushort LinkInfoAttribute = 18;
    private const ushort InfoKind = 1;
    private const ushort InfoData = 2;
    private const ushort PeerInfo = 1;

    /// <summary>A 64-byte UDP frame from 10.0.0.2:1000 to 10.0.0.1:2000.</summary>
    internal static byte[] Frame()
    {
        byte[] frame = new byte[64];
        frame.AsSpan(0, 6).Fill(0xff);
        frame[11] = 2;
        frame[12] = 8;
        byte[] ip = [0x45, 0, 0, 50, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1];
        ip.CopyTo(frame, 14);
        int sum = 0;
        for (int i = 0; i < 20; i += 2)
        {
            sum += ip[i] << 8 | ip[i + 1];
        }

        sum = (sum & 0xffff) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(24), (ushort)~sum);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(34), 1000);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), 2000);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(38), 30);
        return frame;
    }

    /// <summary>Makes a pair of devices: what one sends, the other receives. Both are up.</summary>
    internal static void AddVeth(string name, string peer, string? address = null)
    {
        int result = TryAddPair(name, peer, "veth", out string reason);
        Assert.SkipWhen(result == -95, "this kernel has no veth devices");
        Assert.True(result == 0, $"ip link add {name} type veth peer {peer}: {result} {reason}");
        // No neighbour discovery of IPv6: only the test's own frames travel.
        foreach (string device in (string[])[name, peer])
        {
            string knob = $"/proc/sys/net/ipv6/conf/{device}/disable_ipv6";
            if (File.Exists(knob))
            {
                File.WriteAllText(knob, "1");
            }
        }

        if (address is not null)
        {
            AddAddress(name, address);
        }

        SetUp(name);
        SetUp(peer);
    }

    /// <summary>Makes a pair of devices of a kind (veth, netkit), both down.</summary>
    internal static int TryAddPair(string name, string peer, string kind, out string reason)
    {
        NetlinkMessage message = new(NewLink, RouteNetlink.Create | RouteNetlink.Exclusive, new byte[16]);
        message.Add(NameAttribute, name).AddNest(LinkInfoAttribute, info => info
            .Add(InfoKind, kind)
            .AddNest(InfoData, data => data.AddNest(PeerInfo, p => p.AddRaw(new byte[16]).Add(NameAttribute, peer))));
        return RouteNetlink.Send(message, out reason);
    }

    internal static void SetUp(string name)
    {
        byte[] body = new byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(4), Libc.InterfaceIndex(name));
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(8), 1);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(12), 1);
        Assert.Equal(0, RouteNetlink.Send(new NetlinkMessage(NewLink, 0, body), out _));
    }

    internal static void AddAddress(string name, string address, byte prefix = 24)
    {
        byte[] body = new byte[8];
        body[0] = 2;
        body[1] = prefix;
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(4), Libc.InterfaceIndex(name));
        byte[] bytes = IPAddress.Parse(address).GetAddressBytes();
        NetlinkMessage message = new(NewAddress, RouteNetlink.Create, body);
        message.Add(1, bytes).Add(2, bytes);
        Assert.Equal(0, RouteNetlink.Send(message, out _));
    }

    /// <summary>Sends a frame out of a device, so that its peer receives it.</summary>
    internal static void SendFrame(string device, ReadOnlySpan<byte> frame, int times = 1)
    {
        using Socket socket = new(AddressFamily.Packet, SocketType.Raw, (ProtocolType)0x0300);
        byte[] address = new byte[20];
        BinaryPrimitives.WriteUInt16LittleEndian(address, 17);
        BinaryPrimitives.WriteUInt16BigEndian(address.AsSpan(2), 3);
        BinaryPrimitives.WriteUInt32LittleEndian(address.AsSpan(4), Libc.InterfaceIndex(device));
        for (int i = 0; i < times; i++)
        {
            socket.SendTo(frame, SocketFlags.None, new RawEndPoint(address));
        }
    }

    /// <summary>Sends a datagram over loopback and says whether it arrived.</summary>
    internal static bool Loopback(int timeoutMilliseconds = 200)
    {
        using Socket receiver = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        receiver.ReceiveTimeout = timeoutMilliseconds;
        using Socket sender = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            sender.SendTo([1, 2, 3, 4], receiver.LocalEndPoint!);
            return receiver.Receive(new byte[16]) == 4;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private sealed class RawEndPoint(byte[] address) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            SocketAddress result = new(AddressFamily.Packet, address.Length);
            address.CopyTo(result.Buffer);
            return result;
        }
    }
}
