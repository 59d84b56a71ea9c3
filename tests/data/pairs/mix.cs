struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        uint h = w.A; h ^= h >> 16; h *= 0x85ebca6b; h ^= h >> 13; h *= 0xc2b2ae35; return h ^ h >> 16;
    }
}
