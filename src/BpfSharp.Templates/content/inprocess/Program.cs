using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Runtime.Hosting;

// Runs a packet filter in this process, on any OS and without privileges.
using var filter = BpfHost.InProcess.Load(typeof(Filter));
byte[] frame = new byte[64];
frame[12] = 0x08;
frame[13] = 0x06;
RunResult result = filter.Program(Filter.OnlyArp).Run(frame);
Console.WriteLine($"{(XdpAction)result.ReturnValue} ({filter.Engine}), {filter[Filter.Frames][0]} frames");

[BpfObject]
static class Filter
{
    public static readonly ArrayMap<ulong> Frames = new(maxEntries: 1);

    [Xdp]
    public static XdpAction OnlyArp(XdpContext ctx)
    {
        ref ulong frames = ref Frames.Find(0, out bool found);
        if (found) Interlocked.Increment(ref frames);
        Packet packet = ctx.Packet;
        return packet.TryRead(out EthernetHeader eth) && eth.Type == EtherType.Arp ? XdpAction.Pass : XdpAction.Drop;
    }
}
