struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        long x = w.G; ulong y = (ulong)(x < 0 ? -x : x); return y > w.E ? (uint)(y - w.E) : (uint)(w.E - y);
    }
}
