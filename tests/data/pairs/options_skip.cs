[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out EthernetHeader eth)) return 2; if (eth.Type != EtherType.IPv4) return 2; if (!packet.TryRead(out IPv4Header ip)) return 2; uint n = (ip.VersionAndLength & 15u) * 4; if (n < 20) return 1; if (!packet.TrySkip(n - 20)) return 2; if (!packet.TryRead(out PortsHeader l4)) return 2; return l4.Destination == 53 ? 1u : 2u;
    }
}
