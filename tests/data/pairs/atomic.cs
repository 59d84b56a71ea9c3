struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    static ulong N, M;

    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        Interlocked.Add(ref N, w.A); Interlocked.Or(ref M, w.E); return (uint)Interlocked.Increment(ref N) - 1;
    }
}
