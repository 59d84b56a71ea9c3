using System.Buffers.Binary;

namespace BpfSharp.Packets;

/// <summary>Gives captured packets an Ethernet header where they have none, so that every program that expects one can run.</summary>
public static class EthernetFraming
{
    private const int EthernetBytes = 14;
    private const int CookedBytes = 16;
    private const int Cooked2Bytes = 20;
    private const int FamilyBytes = 4;
    private const ushort IPv4 = 0x0800;
    private const ushort IPv6 = 0x86dd;

    /// <summary>The packet as an Ethernet frame; added headers have addresses 0.</summary>
    /// <param name="packet">A packet of any capture.</param>
    /// <param name="frame">The frame: the packet's own bytes where it is one.</param>
    /// <returns><see langword="false"/> if the link type is not known, or the packet is shorter than its own header.</returns>
    public static bool TryFrame(in CapturedPacket packet, out ReadOnlyMemory<byte> frame)
    {
        ReadOnlySpan<byte> data = packet.Data.Span;
        (int Skip, ushort Type)? network = packet.LinkType switch
        {
            LinkType.Ethernet => (0, 0),
            LinkType.Raw or LinkType.IPv4 or LinkType.IPv6 when data.Length > 0 => (0, TypeOf(data[0])),
            LinkType.Null or LinkType.Loop when data.Length > FamilyBytes => (FamilyBytes, TypeOf(data[FamilyBytes])),
            LinkType.LinuxCooked when data.Length >= CookedBytes =>
                (CookedBytes, BinaryPrimitives.ReadUInt16BigEndian(data[(CookedBytes - 2)..])),
            LinkType.LinuxCooked2 when data.Length >= Cooked2Bytes => (Cooked2Bytes, BinaryPrimitives.ReadUInt16BigEndian(data)),
            LinkType.Raw or LinkType.IPv4 or LinkType.IPv6 or LinkType.Null or LinkType.Loop or LinkType.LinuxCooked
                or LinkType.LinuxCooked2 => null,
            _ => null,
        };
        frame = packet.Data;
        if (network is null || packet.LinkType == LinkType.Ethernet)
        {
            return network is not null;
        }

        byte[] bytes = new byte[EthernetBytes + data.Length - network.Value.Skip];
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(EthernetBytes - 2), network.Value.Type);
        data[network.Value.Skip..].CopyTo(bytes.AsSpan(EthernetBytes));
        frame = bytes;
        return true;
    }

    private static ushort TypeOf(byte first) => first >> 4 == 6 ? IPv6 : IPv4;
}
