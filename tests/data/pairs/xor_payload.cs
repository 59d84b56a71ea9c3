[InlineArray(4)] struct Four { ulong _e; }
struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        var payload = ctx.Packet; ref Four f = ref payload.Take<Four>(out bool ok); if (!ok) return 2; for (int i = 0; i < 4; i++) f[i] ^= 0x5a5a5a5a5a5a5a5aul; return 3;
    }
}
