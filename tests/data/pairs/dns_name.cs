[InlineArray(16)] struct Q { byte _e; }

[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out EthernetHeader eth)) return 2; if (eth.Type != EtherType.IPv4) return 2; if (!packet.TryRead(out IPv4Header ip)) return 2; if (ip.Protocol != IPProtocol.Udp) return 2; if (!packet.TryRead(out UdpHeader udp)) return 2; if (udp.Destination != 53 || udp.Length < 20) return 2; ref Q q = ref packet.Take<Q>(out bool ok); if (!ok) return 2; return q[12] == 3 && q[13] == 'w' && q[14] == 'w' && q[15] == 'w' ? 1u : 2u;
    }
}
