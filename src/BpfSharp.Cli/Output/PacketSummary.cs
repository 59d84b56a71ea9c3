using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using BpfSharp.Packets;

namespace BpfSharp.Cli.Output;

/// <summary>One line on a packet: addresses and ports, as far as they are there.</summary>
internal static class PacketSummary
{
    /// <summary>Describes Ethernet and raw IP packets; others by their link type.</summary>
    public static string Describe(in CapturedPacket packet)
    {
        ReadOnlySpan<byte> bytes = packet.Data.Span;
        switch (packet.LinkType)
        {
            case LinkType.Ethernet when bytes.Length >= 14:
                ushort type = BinaryPrimitives.ReadUInt16BigEndian(bytes[12..]);
                int at = 14;
                while (type is 0x8100 or 0x88a8 && bytes.Length >= at + 4)
                {
                    type = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
                    at += 4;
                }

                return type switch
                {
                    0x0800 => IPv4(bytes[at..]),
                    0x86dd => IPv6(bytes[at..]),
                    0x0806 => "ARP",
                    _ => $"type 0x{type:x4}",
                };
            case LinkType.Raw or LinkType.IPv4 or LinkType.IPv6 when bytes.Length > 0:
                return bytes[0] >> 4 == 6 ? IPv6(bytes) : IPv4(bytes);
            default:
                return packet.LinkType.ToString();
        }
    }

    private static string IPv4(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 20)
        {
            return "IPv4, cut";
        }

        int header = (bytes[0] & 15) * 4;
        return Flow(new IPAddress(bytes[12..16]), new IPAddress(bytes[16..20]), bytes[9], bytes.Length >= header ? bytes[header..] : []);
    }

    private static string IPv6(ReadOnlySpan<byte> bytes) => bytes.Length < 40
        ? "IPv6, cut"
        : Flow(new IPAddress(bytes[8..24]), new IPAddress(bytes[24..40]), bytes[6], bytes[40..]);

    private static string Flow(IPAddress source, IPAddress destination, byte protocol, ReadOnlySpan<byte> transport)
    {
        string name = protocol switch { 1 => "ICMP", 6 => "TCP", 17 => "UDP", 58 => "ICMPv6", _ => $"protocol {protocol}" };
        return protocol is 6 or 17 && transport.Length >= 4
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{name} {source}:{BinaryPrimitives.ReadUInt16BigEndian(transport)} > {destination}:{BinaryPrimitives.ReadUInt16BigEndian(transport[2..])}")
            : $"{name} {source} > {destination}";
    }
}
