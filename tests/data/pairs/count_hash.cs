struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    static readonly HashMap<uint, ulong> Counts = new(64);

    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        ref ulong n = ref Counts.Find(w.A, out bool ok); if (ok) Interlocked.Increment(ref n); else Counts.TryAdd(w.A, 1); return 2;
    }
}
