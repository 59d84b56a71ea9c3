struct Macs { public ushort A, B, C, D, E, F, Type; }

[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; ref Macs m = ref packet.Take<Macs>(out bool ok); if (!ok) return 2;
        (m.A, m.D) = (m.D, m.A); (m.B, m.E) = (m.E, m.B); (m.C, m.F) = (m.F, m.C); return 3;
    }
}
