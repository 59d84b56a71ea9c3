struct Flow { public uint Src, Dst; public ushort From, To; }

[BpfObject]
static unsafe class P
{
    static readonly LruHashMap<Flow, uint> Flows = new(64);

    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out EthernetHeader eth)) return 2; if (eth.Type != EtherType.IPv4) return 2; if (!packet.TryRead(out IPv4Header ip)) return 2; if (ip.Protocol != IPProtocol.Tcp) return 2; if (!packet.TryRead(out TcpHeader tcp)) return 2;
        Flow k = new() { Src = ip.Source, Dst = ip.Destination, From = tcp.Source, To = tcp.Destination }; ref uint n = ref Flows.Find(in k, out bool ok); if (!ok) { Flows.Set(in k, 1); return 2; }
        n += 1; return n > 100 ? 1u : 2u;
    }
}
