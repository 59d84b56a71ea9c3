struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    static readonly ArrayMap<ulong> Hist = new(32);

    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        ulong v = w.E & 0xffffff; uint slot = 0; for (int i = 0; i < 24 && v != 0; i++) { v >>= 1; slot++; }
        ref ulong n = ref Hist.Find(slot, out bool ok); if (ok) Interlocked.Increment(ref n); return 2;
    }
}
