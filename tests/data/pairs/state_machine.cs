struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        uint s = 0; for (int i = 0; i < 16; i++) { uint bit = w.A >> i & 1; switch (s) { case 0: s = bit != 0 ? 1u : 0u; break; case 1: s = bit != 0 ? 2u : 0u; break; case 2: s = bit != 0 ? 2u : 3u; break; default: s = bit != 0 ? 1u : 0u; break; } }
        return s;
    }
}
