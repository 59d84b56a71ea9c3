struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        uint h = 2166136261u; for (int i = 0; i < 16; i++) { h ^= ((byte*)&w)[i]; h *= 16777619; }
        return h;
    }
}
