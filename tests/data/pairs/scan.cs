[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out EthernetHeader eth)) return 2; uint n = 0; for (int i = 14; i < 64; i++) { if (!packet.TryRead(out byte b)) break; if (b == 0) n++; }
        return n;
    }
}
