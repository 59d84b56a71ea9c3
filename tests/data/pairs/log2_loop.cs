struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        uint n = 0; ulong v = w.E; for (int i = 0; i < 64 && v > 1; i++) { v >>= 1; n++; }
        return n;
    }
}
