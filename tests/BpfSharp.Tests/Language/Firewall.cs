using BpfSharp.Language;

namespace BpfSharp.Tests.Language;

internal readonly record struct DropEvent(ulong Time, uint Source);

#pragma warning disable IDE0040 // word for word
// The listing that README and blueprint show.
[BpfObject(License = "GPL")]
static class Firewall
{
    public static readonly HashMap<uint, ulong> Blocked = new(maxEntries: 4096);
    public static readonly RingBuffer<DropEvent> Drops = new(bytes: 1 << 20);

    [Xdp]
    public static XdpAction Filter(XdpContext ctx)
    {
        var packet = ctx.Packet;
        if (!packet.TryRead(out EthernetHeader eth) || eth.Type != EtherType.IPv4) return XdpAction.Pass;
        if (!packet.TryRead(out IPv4Header ip)) return XdpAction.Pass;            // TryRead is the bounds check
        ref ulong hits = ref Blocked.Find(ip.Source, out bool found);             // found is the null check
        if (!found) return XdpAction.Pass;
        Interlocked.Increment(ref hits);
        Drops.TryWrite(new DropEvent(Bpf.KtimeGetNs(), ip.Source));               // a failed write is counted as lost
        return XdpAction.Drop;
    }
}
