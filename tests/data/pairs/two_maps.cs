struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    static readonly HashMap<uint, uint> Index = new(64); static readonly ArrayMap<ulong> Values = new(64);

    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        ref uint i = ref Index.Find(w.A, out bool ok); if (!ok) return 2; ref ulong v = ref Values.Find(i, out bool good); if (!good) return 1; v ^= w.E; return 3;
    }
}
