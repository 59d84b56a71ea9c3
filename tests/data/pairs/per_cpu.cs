struct Stat { public ulong Packets, Bytes; }
struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    static readonly PerCpuArray<Stat> Stats = new(1);

    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        ref Stat s = ref Stats.Find(0, out bool ok); if (!ok) return 0; s.Packets++; s.Bytes += w.B; return 2;
    }
}
