#!/usr/bin/env dotnet
// One program per protocol, reached by tail calls from a dispatcher.   sudo dotnet run dispatcher.cs veth0
using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Linux;

if (args.Length == 0)
{
    Console.Error.WriteLine("usage: dispatcher.cs DEVICE");
    return 2;
}

using var dispatcher = BpfHost.Kernel.Load(typeof(Dispatcher));
using Link link = dispatcher.Program(Dispatcher.Dispatch).AttachXdp(args[0]);
Console.WriteLine("counting; Enter shows the counters and ends");
Console.ReadLine();
Console.WriteLine($"TCP {dispatcher[Dispatcher.Packets][0]}, UDP {dispatcher[Dispatcher.Packets][1]}, other {dispatcher[Dispatcher.Packets][2]}");
return 0;

enum Protocol : uint
{
    Tcp,
    Udp,
}

[BpfObject]
static class Dispatcher
{
    public static readonly ProgramArray<Protocol> Table = new(maxEntries: 2);
    public static readonly ArrayMap<ulong> Packets = new(maxEntries: 3);

    [Xdp]
    public static XdpAction Dispatch(XdpContext ctx)
    {
        Packet packet = ctx.Packet;
        if (!packet.TryRead(out EthernetHeader eth) || eth.Type != EtherType.IPv4) return Count(2);
        if (!packet.TryRead(out IPv4Header ip)) return Count(2);
        return ip.Protocol switch
        {
            IPProtocol.Tcp => Table.TailCall(ctx, Protocol.Tcp, XdpAction.Aborted),
            IPProtocol.Udp => Table.TailCall(ctx, Protocol.Udp, XdpAction.Aborted),
            _ => Count(2),
        };
    }

    [Xdp, TailCallTarget(Protocol.Tcp)]
    public static XdpAction OnTcp(XdpContext ctx) => Count(0);

    [Xdp, TailCallTarget(Protocol.Udp)]
    public static XdpAction OnUdp(XdpContext ctx) => Count(1);

    static XdpAction Count(uint kind)
    {
        ref ulong count = ref Packets.Find(kind, out bool found);
        if (found) Interlocked.Increment(ref count);
        return XdpAction.Pass;
    }
}
