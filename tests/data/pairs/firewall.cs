struct Event { public ulong Time; public uint Source; }

[BpfObject]
static unsafe class P
{
    static readonly HashMap<uint, ulong> Blocked = new(4096); static readonly RingBuffer<Event> Drops = new(1 << 20);

    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out EthernetHeader eth)) return 2; if (eth.Type != EtherType.IPv4) return 2; if (!packet.TryRead(out IPv4Header ip)) return 2;
        ref ulong hits = ref Blocked.Find(ip.Source, out bool found); if (!found) return 2; Interlocked.Increment(ref hits);
        Drops.TryWrite(new Event { Time = Bpf.KtimeGetNs(), Source = ip.Source }); return 1;
    }
}
