struct Ip { public byte Vihl, Tos; public ushort Len, Id, Frag; public byte Ttl, Proto; public ushort Check; public uint Src, Dst; }

[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out EthernetHeader eth)) return 2; if (eth.Type != EtherType.IPv4) return 2; ref Ip ip = ref packet.Take<Ip>(out bool ok); if (!ok) return 2; if (ip.Ttl < 2) return 1;
        uint sum = ip.Check + 1u; ip.Check = (ushort)(sum + (sum >= 0xffff ? 1u : 0u)); ip.Ttl--; return 2;
    }
}
