[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out EthernetHeader eth)) return 2; if (!packet.TryRead(out IPv6Header ip)) return 2; return ip.Source == ip.Destination ? 1u : 2u;
    }
}
