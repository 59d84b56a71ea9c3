struct Ip { public byte Vihl, Tos; public ushort Len, Id, Frag; public byte Ttl, Proto; public ushort Check; public uint Src, Dst; }

[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out EthernetHeader eth)) return 2; if (eth.Type != EtherType.IPv4) return 2; ref Ip ip = ref packet.Take<Ip>(out bool ok); if (!ok || ip.Proto != 1) return 2; ref IcmpHeader icmp = ref packet.Take<IcmpHeader>(out bool good); if (!good || icmp.Type != 8) return 2;
        icmp.Type = 0; (ip.Src, ip.Dst) = (ip.Dst, ip.Src); return 3;
    }
}
