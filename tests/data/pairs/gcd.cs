struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        uint a = w.A & 0xff, b = w.B & 0xff; for (int i = 0; i < 12 && b != 0; i++) { uint t = a % b; a = b; b = t; }
        return a;
    }
}
