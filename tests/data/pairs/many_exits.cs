struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        if (w.A == 1) return 10; if (w.B == 2) return 20; if (w.C == 3) return 30; if (w.D == 4) return 40; if (w.E == 5) return 50; return 60;
    }
}
