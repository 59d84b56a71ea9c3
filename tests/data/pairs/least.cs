struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        uint m = w.A; if (w.B < m) m = w.B; if ((uint)w.C < m) m = (uint)w.C; if ((uint)w.D < m) m = (uint)w.D; return m;
    }
}
