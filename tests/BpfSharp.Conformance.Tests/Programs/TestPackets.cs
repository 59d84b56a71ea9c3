using System.Buffers.Binary;
using BpfSharp.Packets;
using BpfSharp.TestSupport;

namespace BpfSharp.Conformance.Tests.Programs;

/// <summary>Packets that programs are compared on: made ones of every shape, and real ones where captures are at hand.</summary>
internal static class TestPackets
{
    private const int SmallestForKernel = 14;
    private const int LargestForKernel = 1514;
    private const int FromBundled = 16;
    private const int FromPublic = 40;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<byte[]> All { get; } = [.. Made(), .. Bundled(), .. Public()];

    private static IEnumerable<byte[]> Made()
    {
        yield return Frame(0x0800, IPv4(17, 64, [0x12, 0x34, 0, 53, 0, 20, 0xab, 0xcd, .. new byte[12]]));
        yield return Frame(0x0800, IPv4(17, 1, [0x12, 0x34, 0, 53, 0, 20, 0, 0, .. new byte[13]]));
        yield return Frame(0x0800, IPv4(6, 63, [0x30, 0x39, 0x01, 0xbb, .. new byte[16], 1, 2, 3, 4, 5, 6, 7]));
        yield return Frame(0x0800, IPv4(1, 255, [8, 0, 0xf7, 0xff, 0, 0, 0, 0]));
        yield return Frame(0x0806, [0, 1, 8, 0, 6, 4, 0, 1, .. new byte[20]]);
        yield return Frame(0x86dd, [0x60, 0, 0, 0, 0, 8, 17, 64, .. Enumerable.Range(1, 32).Select(i => (byte)i), 1, 2, 3, 4, 0, 8, 9, 9]);
        yield return Frame(0x8100, [0, 100, 0x08, 0x00, .. IPv4(17, 7, new byte[8])]);
        yield return Frame(0x88a8, [0, 1, 0x81, 0x00, 0, 2, 0x08, 0x00, .. IPv4(6, 9, new byte[20])]);
        yield return Frame(0x0026, new byte[38]);
        yield return new byte[14];
        yield return new byte[60];
        byte[] broadcast = Frame(0x0800, IPv4(17, 128, new byte[100]));
        broadcast.AsSpan(0, 6).Fill(0xff);
        yield return broadcast;
        byte[] noise = new byte[1514];
        new Random(7).NextBytes(noise);
        yield return noise;
        for (int length = 15; length < 90; length += 7)
        {
            byte[] part = new byte[length];
            new Random(length).NextBytes(part);
            yield return part;
        }
    }

    private static byte[] Frame(ushort type, byte[] payload)
    {
        byte[] frame = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, (byte)(type >> 8), (byte)type, .. payload];
        return frame;
    }

    private static byte[] IPv4(byte protocol, byte ttl, byte[] payload)
    {
        byte[] packet = [0x45, 0, 0, 0, 0x12, 0x34, 0x40, 0, ttl, protocol, 0, 0, 10, 1, 2, 3, 192, 168, 7, 9, .. payload];
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        uint sum = 0;
        for (int i = 0; i < 20; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(i));
        }

        sum = (sum & 0xffff) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), (ushort)~(sum + (sum >> 16)));
        return packet;
    }

    private static IEnumerable<byte[]> Bundled() =>
        Directory.EnumerateFiles(Path.Combine(TestPaths.Repository, "samples"), "*.pcap", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).SelectMany(file => Read(file, FromBundled));

    private static IEnumerable<byte[]> Public()
    {
        if (TestPaths.PublicData("pcap/tcpdump-tests") is not { } folder)
        {
            return [];
        }

        string[] files = [.. Directory.EnumerateFiles(folder, "*.pcap").Order(StringComparer.Ordinal)];
        return files.Where((_, i) => i % 7 == 0).SelectMany(file => Read(file, 1)).Take(FromPublic);
    }

    private static List<byte[]> Read(string file, int most)
    {
        List<byte[]> packets = [];
        try
        {
            using CaptureReader reader = CaptureReader.Open(file);
            while (packets.Count < most && reader.TryRead(out CapturedPacket packet))
            {
                if (packet.LinkType == LinkType.Ethernet && packet.Data.Length is >= SmallestForKernel and <= LargestForKernel)
                {
                    packets.Add(packet.Data.ToArray());
                }
            }
        }
        catch (BpfSharp.Diagnostics.ObjectFormatException)
        {
            // Some public captures are malformed on purpose; what was read before counts.
        }

        return packets;
    }
}
