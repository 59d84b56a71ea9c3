[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out EthernetHeader eth)) return 2; if (eth.Type != EtherType.IPv4) return 2; if (!packet.TryRead(out IPv4Header ip)) return 2;
        switch (ip.Protocol) { case IPProtocol.Tcp: return 1; case IPProtocol.Udp: return 3; case IPProtocol.Icmp: return 0; default: return 2; }
    }
}
