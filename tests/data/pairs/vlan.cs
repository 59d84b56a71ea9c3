[BpfObject]
static unsafe class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var packet = ctx.Packet; if (!packet.TryRead(out EthernetHeader eth)) return 2; EtherType t = eth.Type;
        if (t == EtherType.Vlan) { if (!packet.TryRead(out VlanHeader v)) return 2; t = v.Type; }
        return t == EtherType.IPv6 ? 1u : 2u;
    }
}
