struct Pair { public uint A; public int B; public ulong C; }
struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        Pair p = new() { A = w.A, B = w.C, C = w.E }; Pair q = p; q.B += 3; return q.A + (uint)q.B + (uint)(p.C >> 3) + (uint)p.B;
    }
}
