using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Linux;

// Counts packets per IP protocol at an interface: sudo dotnet run eth0
if (args.Length == 0)
{
    Console.Error.WriteLine("usage: BpfApp DEVICE");
    return 2;
}

using var counter = BpfHost.Kernel.Load(typeof(Counter));
using Link link = counter.Program(Counter.Count).AttachXdp(args[0]);
Console.WriteLine("counting; Enter shows the counters and ends");
Console.ReadLine();
foreach ((byte protocol, ulong packets) in counter[Counter.Packets])
{
    Console.WriteLine($"protocol {protocol}: {packets}");
}

return 0;

[BpfObject]
static class Counter
{
    public static readonly HashMap<byte, ulong> Packets = new(maxEntries: 256);

    [Xdp]
    public static XdpAction Count(XdpContext ctx)
    {
        Packet packet = ctx.Packet;
        if (!packet.TryRead(out EthernetHeader eth) || eth.Type != EtherType.IPv4) return XdpAction.Pass;
        if (!packet.TryRead(out IPv4Header ip)) return XdpAction.Pass;
        ref ulong count = ref Packets.FindOrAdd((byte)ip.Protocol, 0, out bool found);
        if (found) Interlocked.Increment(ref count);
        return XdpAction.Pass;
    }
}
