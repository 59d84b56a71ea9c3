struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        byte c = (byte)w.A;
        for (int i = 0; i < 8; i++) c = (c & 0x80) != 0 ? (byte)((byte)(c << 1) ^ 7) : (byte)(c << 1); return c;
    }
}
