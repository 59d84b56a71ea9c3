using System.Globalization;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Packets;
using BpfSharp.TestSupport;

namespace BpfSharp.Tests.Packets;

public class CaptureTests
{
    private const string Pcap = "d4c3b2a1 02000400 00000000 00000000 ffff0000 01000000";
    private const string PcapBig = "a1b2c3d4 00020004 00000000 00000000 0000ffff 00000071";
    private const string PcapNano = "4d3cb2a1 02000400 00000000 00000000 ffff0000 01000000";
    private const string Section = "0a0d0d0a 1c000000 4d3c2b1a 01000000 ffffffffffffffff 1c000000";
    private const string SectionBig = "0a0d0d0a 0000001c 1a2b3c4d 00010000 ffffffffffffffff 0000001c";

    public static TheoryData<string, string, string> Captures => new()
    {
        // what                   bytes                                                                     packets: seconds.nanoseconds link captured/original
        { "empty pcap", Pcap, "" },
        { "microseconds", Pcap + "01000000 02000000 02000000 05000000 abcd", "1.000002000 Ethernet 2/5" },
        { "big endian", PcapBig + "00000001 00000002 00000001 00000001 ab", "1.000002000 LinuxCooked 1/1" },
        { "nanoseconds", PcapNano + "01000000 07000000 01000000 01000000 ab", "1.000000007 Ethernet 1/1" },
        { "enhanced", Section + "01000000 14000000 01000000 ffff0000 14000000"
            + "06000000 24000000 00000000 00000000 40420f00 02000000 03000000 abcd0000 24000000", "1.000000000 Ethernet 2/3" },
        { "resolution 10^-9", Section + "01000000 20000000 65000000 00000000 09000100 09000000 00000000 20000000"
            + "06000000 24000000 00000000 00000000 40420f00 02000000 03000000 abcd0000 24000000", "0.001000000 Raw 2/3" },
        { "resolution 2^-1", Section + "01000000 20000000 65000000 00000000 09000100 81000000 00000000 20000000"
            + "06000000 24000000 00000000 00000000 03000000 02000000 03000000 abcd0000 24000000", "1.500000000 Raw 2/3" },
        { "simple, big endian", SectionBig + "00000001 00000014 00010000 00000002 00000014"
            + "00000003 00000014 00000003 abcd0000 00000014", "0.000000000 Ethernet 2/3" },
        { "unknown blocks are skipped", Section + "0b0b0000 10000000 01020304 10000000", "" },
        { "a new section forgets interfaces", Section + "01000000 14000000 01000000 ffff0000 14000000" + Section, "" },
    };

    [Theory]
    [MemberData(nameof(Captures))]
    public void Captures_are_read(string what, string bytes, string expected)
    {
        using CaptureReader reader = CaptureReader.Open(new MemoryStream(Hex(bytes)), what);

        Assert.Equal(expected, string.Join(' ', reader.ReadAll().Select(Describe)));
    }

    public static TheoryData<string, string, string, string> Malformed => new()
    {
        // what                   bytes                                                             id         message
        { "nothing", "", "BPF1502", "0 bytes long" },
        { "text", "68656c6c6f", "BPF1501", "neither pcap nor pcapng" },
        { "header cut", "d4c3b2a1 0200", "BPF1502", "the file header" },
        { "version", "d4c3b2a1 03000400 00000000 00000000 ffff0000 01000000", "BPF1503", "version 3" },
        { "record header cut", Pcap + "01000000", "BPF1502", "16 bytes expected, 4 there" },
        { "packet cut", Pcap + "01000000 02000000 02000000 05000000 ab", "BPF1502", "2 bytes expected, 1 there" },
        { "packet missing", Pcap + "01000000 02000000 02000000 05000000", "BPF1502", "2 bytes expected, 0 there" },
        { "huge packet", Pcap + "01000000 02000000 ffffff7f 05000000 ab", "BPF1504", "2147483647 bytes" },
        { "byte order", "0a0d0d0a 1c000000 00000000 01000000 ffffffffffffffff 1c000000", "BPF1505", "byte-order mark" },
        { "block length", Section + "01000000 15000000 01000000", "BPF1504", "a block of 21 bytes" },
        { "block of nothing", Section + "01000000 00000000 01000000", "BPF1504", "a block of 0 bytes" },
        { "trailer", Section + "01000000 14000000 01000000 ffff0000 18000000", "BPF1505", "20 bytes at its begin and 24" },
        { "no interface", Section + "06000000 20000000 00000000 00000000 00000000 00000000 00000000 20000000", "BPF1506", "interface 0" },
        { "captured too long", Section + "01000000 14000000 01000000 ffff0000 14000000"
            + "06000000 24000000 00000000 00000000 40420f00 05000000 05000000 abcd0000 24000000", "BPF1504", "says 5" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Malformed_captures_are_refused_with_their_place(string what, string bytes, string id, string message)
    {
        ObjectFormatException refusal = Assert.Throws<ObjectFormatException>(() =>
        {
            using CaptureReader reader = CaptureReader.Open(new MemoryStream(Hex(bytes)), what);
            return reader.ReadAll().Count();
        });

        Finding finding = Assert.Single(refusal.Findings);
        Assert.Equal(id, finding.Id);
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
        Assert.StartsWith($"{what}, byte ", finding.Where, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        CapturedPacket packet = new(1, DateTimeOffset.UnixEpoch.AddSeconds(1700000000).AddTicks(1234567), LinkType.Ethernet, 0, 9, new byte[] { 1, 2, 3 })
        { ExtraNanoseconds = 89 };
        MemoryStream stream = new();
        using (CaptureWriter writer = new(stream, LinkType.Ethernet))
        {
            writer.Write(packet);
            writer.Write(DateTimeOffset.UnixEpoch, []);
            Assert.Throws<ArgumentException>(() => writer.Write(packet with { LinkType = LinkType.Raw }));
        }

        using CaptureReader reader = CaptureReader.Open(new MemoryStream(stream.ToArray()), "memory");
        string[] expected = ["1700000000.123456789 Ethernet 3/9", "0.000000000 Ethernet 0/0"];
        Assert.Equal(expected, reader.ReadAll().Select(Describe));
    }

    [Fact]
    public void Packets_with_verdicts_are_read_back_whatever_they_begin_with()
    {
        CapturedPacket first = new(1, DateTimeOffset.UnixEpoch.AddSeconds(1700000000).AddTicks(1234567), LinkType.Ethernet, 0, 9, new byte[] { 1, 2, 3 })
        { ExtraNanoseconds = 89 };
        CapturedPacket second = new(2, DateTimeOffset.UnixEpoch, LinkType.Raw, 1, 4, new byte[] { 4, 5, 6, 7 });
        MemoryStream stream = new();
        using (PcapngWriter writer = new(stream))
        {
            writer.Write(first, first.Data.Span, new PacketVerdict(ProgramType.Xdp, 1, "XDP_DROP"));
            writer.Write(second, [4, 5], new PacketVerdict(ProgramType.SchedCls, ulong.MaxValue, "TC_ACT_UNSPEC"));
            writer.Write(second, second.Data.Span, new PacketVerdict(ProgramType.Xdp, 0, "BPF4301: out of bounds", IsFault: true));
            writer.Write(first, [], null);
            Assert.Equal(4, writer.Count);
        }

        byte[] bytes = stream.ToArray();
        using CaptureReader reader = CaptureReader.Open(new MemoryStream(bytes), "memory");
        string[] expected = ["1700000000.123456789 Ethernet 3/9", "0.000000000 Raw 2/2", "0.000000000 Raw 4/4", "1700000000.123456789 Ethernet 0/6"];
        Assert.Equal(expected, reader.ReadAll().Select(Describe));

        // epb_verdict (7): 9 bytes, kind 2 is XDP and 1 is tc; a fault has a comment (1) only.
        Assert.Equal(1, Count(bytes, [7, 0, 9, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0]));
        Assert.Equal(1, Count(bytes, [7, 0, 9, 0, 1, 255, 255, 255, 255, 255, 255, 255, 255]));
        Assert.Equal(2, Count(bytes, [7, 0, 9, 0]));
        Assert.Equal(1, Count(bytes, [1, 0, 8, 0, .. "XDP_DROP"u8]));
        Assert.Equal(1, Count(bytes, [1, 0, 22, 0, .. "BPF4301: out of bounds"u8]));
    }

    private static int Count(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> pattern)
    {
        int found = 0;
        for (int at = bytes.IndexOf(pattern); at >= 0; at = bytes.IndexOf(pattern))
        {
            found++;
            bytes = bytes[(at + 1)..];
        }

        return found;
    }

    [Fact]
    public void Damaged_captures_never_crash_or_allocate_without_bound()
    {
        byte[][] seeds = [.. Captures.Select(row => Hex(row.Data.Item2))];
        Random random = new(15);
        for (int round = 0; round < 4000; round++)
        {
            byte[] bytes = [.. seeds[random.Next(seeds.Length)]];
            for (int i = random.Next(1, 6); i > 0; i--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using CaptureReader reader = CaptureReader.Open(new MemoryStream(bytes[..random.Next(bytes.Length + 1)]), "fuzz");
                Assert.True(reader.ReadAll().Count() < 100);
            }
            catch (ObjectFormatException)
            {
                // The only refusal there is.
            }

            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 64 << 20, Convert.ToHexString(bytes));
        }
    }

    [Fact]
    public void Public_captures_are_read_or_refused_with_reason()
    {
        string? index = TestPaths.PublicData("pcap/index.tsv");
        Assert.SkipWhen(index is null, "the folder of public captures is absent");

        int read = 0;
        int refused = 0;
        foreach (string[] row in File.ReadLines(index!).Skip(1).Select(line => line.Split('\t')))
        {
            int packets = 0;
            using Stream stream = File.OpenRead(Path.Combine(Path.GetDirectoryName(index)!, row[0]));
            try
            {
                using CaptureReader reader = CaptureReader.Open(stream, row[0]);
                packets = reader.ReadAll().Count();
                read++;
            }
            catch (ObjectFormatException refusal)
            {
                Assert.StartsWith("BPF15", refusal.Findings[0].Id, StringComparison.Ordinal);
                refused++;
                continue;
            }

            // The index has no count for the few files its own reader could not finish.
            if (int.TryParse(row[5], CultureInfo.InvariantCulture, out int expected))
            {
                Assert.True(packets == expected, $"{row[0]}: {packets} packets, the index says {expected}");
            }
        }

        Assert.True(read > refused * 20, $"{read} read, {refused} refused");
    }

    private static string Describe(CapturedPacket p)
    {
        long ticks = (p.Time - DateTimeOffset.UnixEpoch).Ticks;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{ticks / TimeSpan.TicksPerSecond}.{(ticks % TimeSpan.TicksPerSecond * 100) + p.ExtraNanoseconds:d9} {p.LinkType} {p.Data.Length}/{p.OriginalLength}");
    }

    private static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));
}
