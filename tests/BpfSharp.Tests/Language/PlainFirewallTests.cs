using BpfSharp.Language;

namespace BpfSharp.Tests.Language;

[Collection("Firewall")]
public sealed class PlainFirewallTests
{
    private const uint Attacker = 0xC0000201;
    private const uint Guest = 0xC0000202;

    [Fact]
    public void The_listing_runs_as_plain_csharp()
    {
        Firewall.Blocked.ResetPlain();
        Firewall.Drops.ResetPlain();
        Assert.True(Firewall.Blocked.Set(Attacker, 0));

        Assert.Equal(XdpAction.Drop, Firewall.Filter(XdpContext.FromPacket(Frames.IPv4(Attacker, Guest))));
        Assert.Equal(XdpAction.Drop, Firewall.Filter(XdpContext.FromPacket(Frames.IPv4(Attacker, Guest))));
        Assert.Equal(XdpAction.Pass, Firewall.Filter(XdpContext.FromPacket(Frames.IPv4(Guest, Attacker))));

        Assert.True(Firewall.Blocked.TryGetValue(Attacker, out ulong hits));
        Assert.Equal(2UL, hits);
        Assert.False(Firewall.Blocked.Contains(Guest));
        DropEvent[] events = Firewall.Drops.DrainPlain();
        Assert.Equal([Attacker, Attacker], events.Select(e => e.Source));
        Assert.True(events[0].Time <= events[1].Time);
        Assert.Equal(0UL, Firewall.Drops.Lost);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(33)]
    public void Short_packets_pass(int length)
    {
        Firewall.Blocked.ResetPlain();
        Firewall.Blocked.Set(Attacker, 0);
        Assert.Equal(XdpAction.Pass, Firewall.Filter(XdpContext.FromPacket(Frames.IPv4(Attacker, Guest).AsSpan(0, length))));
    }

    [Fact]
    public void A_full_ring_counts_what_it_loses()
    {
        RingBuffer<ulong> ring = new(bytes: 64);
        for (ulong i = 0; i < 6; i++)
        {
            Assert.Equal(i < 4, ring.TryWrite(in i));
        }

        Assert.Equal(2UL, ring.Lost);
        Assert.Equal([0UL, 1UL, 2UL, 3UL], ring.DrainPlain());
        Assert.Equal(0UL, ring.BytesAvailable);
    }

    [Fact]
    public void A_reserved_record_is_seen_when_submitted()
    {
        RingBuffer<ulong> ring = new(bytes: 64);
        Assert.True(ring.TryReserve(out RingRecord<ulong> record));
        record.Value = 7;
        Assert.Empty(ring.DrainPlain());
        record.Submit();
        Assert.Equal([7UL], ring.DrainPlain());
        Assert.True(ring.TryReserve(out RingRecord<ulong> second));
        second.Discard();
        Assert.Empty(ring.DrainPlain());
        Assert.Equal(0UL, ring.BytesAvailable);
    }

    [Fact]
    public void A_default_context_says_what_to_do()
    {
        PlainCSharpException error = Assert.Throws<PlainCSharpException>(() => Firewall.Filter(default));
        Assert.Contains("XdpContext.FromPacket", error.Message, StringComparison.Ordinal);
    }
}
