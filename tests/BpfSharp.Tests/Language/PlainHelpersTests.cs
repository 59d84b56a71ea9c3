using BpfSharp.Language;

namespace BpfSharp.Tests.Language;

public sealed class PlainHelpersTests
{
    private enum Slot : uint
    {
        First,
        Second,
    }

    [Fact]
    public void Loops_stop_when_told()
    {
        uint sum = 0;
        Assert.Equal(10, Bpf.Loop(10, static (uint i, ref uint s) => { s += i; return true; }, ref sum));
        Assert.Equal(45u, sum);
        Assert.Equal(4, Bpf.Loop(10, static (uint i, ref uint s) => i < 3, ref sum));
        Assert.Equal(-7, Bpf.Loop(1 << 24, static (uint _, ref uint _) => false, ref sum));
        sum = 0;
        foreach (uint i in Bpf.Range(2, 5))
        {
            sum += i;
        }

        Assert.Equal(9u, sum);
    }

    [Fact]
    public void Printing_goes_to_a_writer()
    {
        TextWriter before = Bpf.PlainOutput;
        using StringWriter writer = new();
        Bpf.PlainOutput = writer;
        try
        {
            Bpf.Print($"port {80} is {255:x}");
        }
        finally
        {
            Bpf.PlainOutput = before;
        }

        Assert.Equal("port 80 is ff", writer.ToString().TrimEnd());
    }

    [Fact]
    public void A_packet_grows_and_shrinks()
    {
        XdpContext context = XdpContext.FromPacket(Frames.IPv4(1, 2));
        uint length = context.Length;
        Assert.Equal(0, Bpf.XdpAdjustHead(context, -4));
        Assert.Equal(length + 4, context.Length);
        Assert.Equal(-22, Bpf.XdpAdjustHead(context, -1000));
        Assert.Equal(0, Bpf.XdpAdjustTail(context, -8));
        Assert.Equal(length - 4, context.Length);
    }

    [Fact]
    public void Headers_are_written_in_place()
    {
        XdpContext context = XdpContext.FromPacket(Frames.IPv4(1, 2));
        Packet packet = context.Packet;
        ref EthernetHeader eth = ref packet.Take<EthernetHeader>(out bool found);
        Assert.True(found);
        ref IPv4Header ip = ref packet.Take<IPv4Header>(out found);
        Assert.True(found);
        eth.Type = EtherType.Vlan;
        ip.Destination = 0x0A000001;
        byte[] bytes = context.ToArray();
        Assert.Equal([0x81, 0x00], bytes[12..14]);
        Assert.Equal([10, 0, 0, 1], bytes[30..34]);
        packet.Take<IPv6Header>(out found);
        Assert.False(found);
        Assert.False(packet.TrySkip(1000));
        Assert.True(packet.TrySkip(8));
    }

    [Theory]
    [InlineData(14, typeof(EthernetHeader))]
    [InlineData(4, typeof(VlanHeader))]
    [InlineData(20, typeof(IPv4Header))]
    [InlineData(40, typeof(IPv6Header))]
    [InlineData(20, typeof(TcpHeader))]
    [InlineData(8, typeof(UdpHeader))]
    [InlineData(8, typeof(IcmpHeader))]
    [InlineData(28, typeof(ArpHeader))]
    [InlineData(6, typeof(MacAddress))]
    [InlineData(16, typeof(IPv6Address))]
    [InlineData(16, typeof(BpfTimer))]
    [InlineData(4, typeof(BpfSpinLock))]
    [InlineData(16, typeof(BpfDynptr))]
    public void Layouts_are_those_of_the_wire_and_kernel(int size, Type type) =>
        Assert.Equal(size, System.Runtime.InteropServices.Marshal.SizeOf(type));

    [Fact]
    public void Contexts_are_built_from_fields()
    {
        SkbContext skb = SkbContext.FromPacket(Frames.IPv4(1, 2)).With("mark", 7).With("remote_ip4", 0x0100000A);
        Assert.Equal((7u, EtherType.IPv4, 0x0A000001u), (skb.Mark, skb.Protocol, skb.RemoteIPv4));
        Assert.Equal((uint)skb.ToArray().Length, skb.Length);
        KprobeContext probe = KprobeContext.Create().With("di", 11).With("si", 12);
        Assert.Equal((11UL, 12UL), (probe.Argument(0), probe.Argument(1)));
        Assert.Equal(5UL, RawTracepointContext.Create(4, 5).Argument(1));
        ArgumentException unknown = Assert.Throws<ArgumentException>(() => { SkbContext.FromPacket([]).With("marks", 1); });
        Assert.Contains("mark,", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tail_calls_return_what_the_target_returns()
    {
        ProgramArray<Slot> table = new(maxEntries: 2);
        table.SetPlain<XdpContext, XdpAction>(Slot.Second, static _ => XdpAction.Tx);
        XdpContext context = XdpContext.FromPacket(Frames.IPv4(1, 2));
        Assert.Equal(XdpAction.Drop, table.TailCall(context, Slot.First, XdpAction.Drop));
        Assert.Equal(XdpAction.Tx, table.TailCall(context, Slot.Second, XdpAction.Drop));
    }

    [Fact]
    public void What_only_a_kernel_has_says_so()
    {
        PlainCSharpException error = Assert.Throws<PlainCSharpException>(() => Bpf.SendSignal(9));
        Assert.Equal("bpf_send_signal", error.What);
    }

    [Fact]
    public void Checksums_are_the_kernels()
    {
        Assert.Equal(0x05040302L + 0x01, Bpf.CsumDiff([], [1, 0, 0, 0, 2, 3, 4, 5], 0));
        Assert.Equal(-22, Bpf.CsumDiff([1, 2, 3], [], 0));
    }

    [Fact]
    public void A_lock_is_free_after_its_scope()
    {
        BpfSpinLock gate = default;
        using (BpfSpinLock.Enter(ref gate))
        {
            Assert.NotEqual(default, gate);
        }

        Assert.Equal(default, gate);
    }
}
