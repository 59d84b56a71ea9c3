struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    static readonly ArrayMap<uint> Seen = new(64);

    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        ref uint n = ref Seen.Find(Bpf.GetSmpProcessorId(), out bool ok); if (ok) n = w.A; return 2;
    }
}
