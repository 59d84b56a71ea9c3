Programs as users write them.

//// packets changed in place
[BpfObject]
public static class P
{
    static void Swap(ref MacAddress a, ref MacAddress b) => (a, b) = (b, a);
    static ushort Fold(uint sum) { sum = (sum & 0xffff) + (sum >> 16); sum = (sum & 0xffff) + (sum >> 16); return (ushort)~sum; }
    [Xdp]
    public static XdpAction Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        ref EthernetHeader eth = ref p.Take<EthernetHeader>(out bool ok);
        if (!ok) return XdpAction.Pass;
        if (eth.Type == EtherType.Vlan) { if (!p.TryRead(out VlanHeader tag)) return XdpAction.Drop; }
        ref IPv4Header ip = ref p.Take<IPv4Header>(out ok);
        if (!ok) return XdpAction.Pass;
        MacAddress d = eth.Destination, s = eth.Source;
        eth.Destination = s;
        eth.Source = d;
        (ip.Source, ip.Destination) = (ip.Destination, ip.Source);
        ip.TimeToLive--;
        uint sum = ip.Checksum;
        sum += 0x100;
        ip.Checksum = (ushort)(sum + (sum >> 16));
        return ip.TimeToLive == 0 ? XdpAction.Drop : XdpAction.Tx;
    }
}

//// ipv6 with extension headers in a bounded walk
[BpfObject]
public static class P
{
    struct Extension { public byte Next, Length; public ushort Rest; public uint More; }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out EthernetHeader eth) || eth.Type != EtherType.IPv6 || !p.TryRead(out IPv6Header ip)) return 0;
        byte next = (byte)ip.NextHeader;
        uint skipped = 0;
        for (int i = 0; i < 6; i++)
        {
            if (next is not (0 or 43 or 44 or 60)) break;
            if (!p.TryRead(out Extension e)) return 1;
            uint more = next == 44 ? 0 : (uint)e.Length * 8;
            if (!p.TrySkip(more & 0xff)) return 2;
            next = e.Next;
            skipped += 8 + more;
        }
        IPv6Address s = ip.Source;
        return next + skipped * 256 + (s == ip.Destination ? 1u << 30 : 0) + (uint)s.Low;
    }
}

//// arp replies made in place
[BpfObject]
public static class P
{
    static readonly Const<uint> Mine = new(0x01020304);
    [Xdp]
    public static XdpAction Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        ref EthernetHeader eth = ref p.Take<EthernetHeader>(out bool ok);
        if (!ok || eth.Type is not (EtherType.Arp or EtherType.None)) return XdpAction.Pass;
        ref ArpHeader arp = ref p.Take<ArpHeader>(out ok);
        if (!ok) return XdpAction.Pass;
        (arp.TargetHardware, arp.SenderHardware) = (arp.SenderHardware, new MacAddress(0x020000000001));
        (arp.TargetAddress, arp.SenderAddress) = (arp.SenderAddress, arp.TargetAddress);
        arp.Operation = 2;
        eth.Destination = eth.Source;
        eth.Source = arp.SenderHardware;
        return arp.SenderAddress == Mine ? XdpAction.Drop : XdpAction.Tx;
    }
}

//// an interpreter of small programs
[BpfObject]
public static class P
{
    enum Op : byte { Load, Add, Sub, Mul, Shift, Jump, Store, End }
    [Xdp(OnFault = 123)]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        Span<uint> registers = stackalloc uint[4];
        registers.Clear();
        for (int step = 0; step < 10; step++)
        {
            if (!p.TryRead(out byte code) || !p.TryRead(out byte operand)) return 9;
            ref uint target = ref registers[operand & 3];
            uint source = registers[(operand >> 2) & 3];
            switch ((Op)(code & 7))
            {
                case Op.Load: target = operand; break;
                case Op.Add: target += source; break;
                case Op.Sub: target -= source; break;
                case Op.Mul: target *= source | 1; break;
                case Op.Shift: target <<= (int)(source & 7); break;
                case Op.Jump: if (target != 0 && !p.TrySkip(2)) return 8; break;
                case Op.Store: registers[(operand >> 4) & 3] = source; break;
                case Op.End: return registers[0] ^ registers[1];
            }
        }
        return registers[2] + registers[3];
    }
}

//// wire protocol of variable length
[BpfObject]
public static class P
{
    ref struct Reader(Packet packet)
    {
        Packet _packet = packet;
        public bool Failed { get; private set; }
        public byte Byte() { if (_packet.TryRead(out byte b)) return b; Failed = true; return 0; }
        public uint Varint()
        {
            uint value = 0;
            for (int shift = 0; shift < 35; shift += 7)
            {
                byte b = Byte();
                value |= (uint)(b & 0x7f) << shift;
                if ((b & 0x80) == 0) return value;
            }
            Failed = true;
            return 0;
        }
    }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        Reader r = new(ctx.Packet);
        uint kind = r.Varint();
        uint length = r.Varint();
        byte flags = r.Byte();
        return r.Failed ? 7 : kind * 31 + length * 7 + flags;
    }
}
