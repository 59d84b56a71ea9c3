[InlineArray(10)] struct Halves { ushort _e; }

[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out EthernetHeader eth)) return 2; if (eth.Type != EtherType.IPv4) return 2; ref Halves h = ref packet.Take<Halves>(out bool ok); if (!ok) return 2; uint s = 0;
        for (int i = 0; i < 10; i++) s += h[i];
        s = (s & 0xffff) + (s >> 16); return (s + (s >> 16)) & 0xffff;
    }
}
