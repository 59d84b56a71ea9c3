[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out EthernetHeader eth)) return 2; if (eth.Type != EtherType.IPv4) return 2; if (!packet.TryRead(out IPv4Header ip)) return 2; if (ip.Protocol != IPProtocol.Tcp) return 2; if (!packet.TryRead(out TcpHeader tcp)) return 2; ushort port = tcp.Destination; return port >= 8000 && port < 9000 ? 1u : 2u;
    }
}
