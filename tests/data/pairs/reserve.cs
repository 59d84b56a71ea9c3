struct Event { public ulong Time, B; public uint A; }
struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }

[BpfObject]
static unsafe class P
{
    static readonly RingBuffer<Event> Events = new(1 << 16);

    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out Words w)) return 2;
        if (!Events.TryReserve(out var r)) return 2; r.Value.A = w.A; r.Value.B = w.E; r.Value.Time = Bpf.KtimeGetNs(); r.Submit(); return 1;
    }
}
