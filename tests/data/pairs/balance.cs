struct Ip { public byte Vihl, Tos; public ushort Len, Id, Frag; public byte Ttl, Proto; public ushort Check; public uint Src, Dst; }
struct Tcp { public ushort From, To; public uint Seq, Ack; public byte Off, Flags; public ushort Window, Sum, Urgent; }

[BpfObject]
static unsafe class P
{
    static readonly ArrayMap<uint> Backends = new(16);

    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out EthernetHeader eth)) return 2; if (eth.Type != EtherType.IPv4) return 2; ref Ip ip = ref packet.Take<Ip>(out bool a); if (!a || ip.Proto != 6) return 2; if (!packet.TryRead(out Tcp tcp)) return 2;
        uint h = ip.Src * 0x9e3779b1 ^ (uint)tcp.From << 16 ^ tcp.To; h ^= h >> 15; ref uint b = ref Backends.Find(h & 15, out bool ok); if (!ok || b == 0) return 2; ip.Dst = b; ip.Check = 0; return 3;
    }
}
