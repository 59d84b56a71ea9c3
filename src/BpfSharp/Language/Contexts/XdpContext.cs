using System.Runtime.CompilerServices;

namespace BpfSharp.Language;

/// <summary>Context of XDP programs (<c>struct xdp_md</c>).</summary>
[BpfContext("xdp_md")]
public readonly ref struct XdpContext : IPacketContext
{
    private readonly PlainContext? _plain;

    private XdpContext(PlainContext plain) => _plain = plain;

    /// <summary>The packet, read from its first byte on.</summary>
    public Packet Packet => new(ref Start, ref End);

    /// <summary>Bytes of the packet (of its first buffer).</summary>
    public uint Length => (uint)Unsafe.ByteOffset(ref Start, ref End);

    /// <summary>Index of the interface the packet came in by.</summary>
    [BpfContextField(12, 4)]
    public uint IngressIfIndex => Plain.Field<uint>(12);

    /// <summary>Queue of that interface.</summary>
    [BpfContextField(16, 4)]
    public uint RxQueueIndex => Plain.Field<uint>(16);

    /// <summary>Index of the interface it leaves by; in device map programs only.</summary>
    [BpfContextField(20, 4)]
    public uint EgressIfIndex => Plain.Field<uint>(20);

    /// <summary>The packet's first byte.</summary>
    [BpfContextField(0, 4, Space = BpfPointerSpace.Packet)]
    internal ref byte Start => ref Plain.StartByte;

    /// <summary>The place behind the packet's last byte.</summary>
    [BpfContextField(4, 4, Space = BpfPointerSpace.PacketEnd)]
    internal ref byte End => ref Plain.EndByte;

    /// <summary>The metadata's first byte.</summary>
    [BpfContextField(8, 4, Space = BpfPointerSpace.PacketMeta)]
    internal ref byte MetaStart => ref Plain.MetaByte;

    internal PlainContext Plain => _plain ?? throw new PlainCSharpException(
        "a default XdpContext", "build one with XdpContext.FromPacket");

    /// <summary>A context over a copy of the packet, for running a program as plain C#.</summary>
    /// <param name="packet">The packet, from the link layer on.</param>
    /// <param name="ingressIfIndex">Index of the interface it came in by.</param>
    /// <param name="rxQueueIndex">Queue of that interface.</param>
    public static XdpContext FromPacket(ReadOnlySpan<byte> packet, uint ingressIfIndex = 1, uint rxQueueIndex = 0)
    {
        PlainContext plain = new(24, packet);
        plain.Field<uint>(12) = ingressIfIndex;
        plain.Field<uint>(16) = rxQueueIndex;
        return new XdpContext(plain);
    }

    /// <summary>The packet as it is now, copied; plain C# only.</summary>
    public byte[] ToArray() => Plain.Packet.ToArray();
}
