struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        switch (w.A) { case 0: return w.B; case 1: return w.B + 7; case 2: return w.B * 3; case 3: return w.B ^ 9; case 4: return 12; default: return 0; }
    }
}
