[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out EthernetHeader eth)) return 2; if (eth.Type != EtherType.IPv6) return 2; if (!packet.TryRead(out IPv6Header ip)) return 2; return ip.NextHeader == IPProtocol.IcmpV6 || ip.HopLimit < 2 ? 1u : 2u;
    }
}
