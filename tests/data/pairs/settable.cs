struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    static readonly Const<uint> Limit = new(100);

    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        return w.A > Limit.Value ? 1u : 2u;
    }
}
