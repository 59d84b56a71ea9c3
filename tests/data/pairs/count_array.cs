struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    static readonly ArrayMap<ulong> Counts = new(64);

    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        ref ulong n = ref Counts.Find(w.A & 63, out bool ok); if (ok) n += 1; return 2;
    }
}
