using System.Buffers.Binary;

namespace BpfSharp.Tests.Language;

/// <summary>Packets for tests.</summary>
internal static class Frames
{
    /// <summary>An Ethernet frame with an IPv4 header and UDP or TCP ports.</summary>
    public static byte[] IPv4(uint source, uint destination, byte protocol = 17, ushort from = 1234, ushort to = 53, int payload = 18)
    {
        byte[] frame = new byte[14 + 20 + 8 + payload];
        Span<byte> bytes = frame;
        BinaryPrimitives.WriteUInt64BigEndian(bytes, 0x0200_0000_0001_0200);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[8..], 0x0000_0002);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[12..], 0x0800);
        bytes[14] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[16..], (ushort)(frame.Length - 14));
        bytes[22] = 64;
        bytes[23] = protocol;
        BinaryPrimitives.WriteUInt32BigEndian(bytes[26..], source);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[30..], destination);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[34..], from);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[36..], to);
        return frame;
    }
}
