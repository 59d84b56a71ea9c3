struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        switch (w.A) { case 10: return 1; case 200: return 5; case 3000: return 9; case 40000: return 11; default: return 2; }
    }
}
