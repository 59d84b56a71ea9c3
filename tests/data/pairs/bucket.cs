struct Bucket { public ulong Time, Tokens; }
struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    static readonly HashMap<uint, Bucket> Buckets = new(64);

    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        ref Bucket b = ref Buckets.Find(w.A, out bool ok); ulong now = Bpf.KtimeGetNs(); if (!ok) { Buckets.Set(w.A, new Bucket { Time = now, Tokens = 10 }); return 2; }
        ulong add = (now - b.Time) / 1000000; if (add != 0) { b.Tokens = b.Tokens + add > 10 ? 10 : b.Tokens + add; b.Time = now; }
        if (b.Tokens == 0) return 1; b.Tokens--; return 2;
    }
}
