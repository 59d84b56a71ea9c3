using System.Buffers.Binary;

namespace BpfSharp.Runtime.Helpers;

/// <summary>A hash of a packet's flow, the same in both directions. The kernel's is seeded at boot, so no values agree with it.</summary>
internal static class FlowHash
{
    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;
    private const int TcpProtocol = 6;
    private const int UdpProtocol = 17;

    /// <summary>The hash; 0 only for a packet without network header.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="networkOffset">Where the network header starts.</param>
    public static uint Of(ReadOnlySpan<byte> packet, int networkOffset)
    {
        if (packet.Length < networkOffset + 20)
        {
            return 0;
        }

        ReadOnlySpan<byte> network = packet[networkOffset..];
        ulong addresses;
        int protocol;
        ReadOnlySpan<byte> transport;
        if (network[0] >> 4 == 4)
        {
            addresses = (ulong)BinaryPrimitives.ReadUInt32BigEndian(network[12..]) ^ BinaryPrimitives.ReadUInt32BigEndian(network[16..]);
            protocol = network[9];
            int header = Math.Min((network[0] & 0xf) * 4, network.Length);
            transport = network[header..];
        }
        else if (network[0] >> 4 == 6 && network.Length >= 40)
        {
            addresses = BinaryPrimitives.ReadUInt64BigEndian(network[8..]) ^ BinaryPrimitives.ReadUInt64BigEndian(network[16..])
                ^ BinaryPrimitives.ReadUInt64BigEndian(network[24..]) ^ BinaryPrimitives.ReadUInt64BigEndian(network[32..]);
            protocol = network[6];
            transport = network[40..];
        }
        else
        {
            return 0;
        }

        ulong ports = protocol is TcpProtocol or UdpProtocol && transport.Length >= 4
            ? (ulong)(BinaryPrimitives.ReadUInt16BigEndian(transport) ^ BinaryPrimitives.ReadUInt16BigEndian(transport[2..]))
            : 0;
        ulong hash = (addresses ^ (ports << 32) ^ ((ulong)protocol << 56)) * Multiplier;
        return (uint)(hash >> 32) | 1;
    }
}
