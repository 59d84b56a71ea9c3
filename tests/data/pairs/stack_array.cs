struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        Span<uint> s = stackalloc uint[8]; for (int i = 0; i < 8; i++) s[i] = w.A >> i; return s[(int)(w.B & 7)];
    }
}
