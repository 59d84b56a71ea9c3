struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        uint s = 0; for (int i = 0; i < 6; i++) for (int j = 0; j < 5; j++) s = s * 3 + (w.A >> i ^ w.B >> j); return s;
    }
}
