using System.Buffers.Binary;

namespace BpfSharp.Packets;

/// <summary>Reads the classic pcap format.</summary>
internal sealed class PcapReader : CaptureReader
{
    private const int HeaderBytes = 24;
    private const int RecordHeaderBytes = 16;

    private readonly bool _bigEndian;
    private readonly bool _nanoseconds;
    private readonly LinkType _linkType;
    private readonly uint _snapLength;

    public PcapReader(Stream stream, string name, bool bigEndian, bool nanoseconds) : base(stream, name)
    {
        _bigEndian = bigEndian;
        _nanoseconds = nanoseconds;
        Skip(4);
        Span<byte> rest = stackalloc byte[HeaderBytes - 4];
        Fill(rest, "the file header");
        ushort major = bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(rest) : BinaryPrimitives.ReadUInt16LittleEndian(rest);
        if (major != 2)
        {
            throw Malformed("BPF1503", $"pcap version {major} is not supported; 2 is", "write the capture again with a current tool");
        }

        _snapLength = Number(rest[12..]);

        // The upper bits hold frame check sequence flags.
        _linkType = (LinkType)(Number(rest[16..]) & 0x0fff_ffff);
    }

    public override bool TryRead(out CapturedPacket packet)
    {
        packet = default;
        Span<byte> header = stackalloc byte[RecordHeaderBytes];
        if (!TryFill(header, "a record header"))
        {
            return false;
        }

        uint captured = Number(header[8..]);
        uint original = Number(header[12..]);
        uint limit = Math.Max(_snapLength is 0 or > MaxPacketBytes ? MaxPacketBytes : _snapLength, 1u << 18);
        if (captured > limit)
        {
            throw Malformed("BPF1504", $"a record of {captured} bytes; at most {limit} are allowed", "the file is damaged here, or is no capture");
        }

        byte[] data = new byte[captured];
        Fill(data, "a packet");
        uint fraction = Number(header[4..]);
        long nanoseconds = _nanoseconds ? fraction : fraction * 1000L;
        packet = new CapturedPacket(
            ++Count,
            DateTimeOffset.UnixEpoch.AddSeconds(Number(header)).AddTicks(nanoseconds / 100),
            _linkType,
            0,
            (int)Math.Min(original, int.MaxValue),
            data)
        { ExtraNanoseconds = (int)(nanoseconds % 100) };
        return true;
    }

    private uint Number(ReadOnlySpan<byte> bytes) =>
        _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
