struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        return (w.A >> 4 & 0xf) | (w.B >> 12 & 0xff) << 4 | (uint)(w.E >> 40 & 0xfff) << 12;
    }
}
