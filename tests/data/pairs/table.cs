struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    static ReadOnlySpan<uint> Table => [1, 5, 9, 20, 33, 47, 61, 80, 99, 101, 150, 180, 201, 255, 300, 999];

    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        return Table[(int)(w.A & 15)] + Table[(int)(w.B >> 28)];
    }
}
