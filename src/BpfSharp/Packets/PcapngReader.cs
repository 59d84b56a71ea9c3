using System.Buffers.Binary;

namespace BpfSharp.Packets;

/// <summary>Reads the pcapng format: section, interface, enhanced, simple and obsolete packet blocks; others are skipped.</summary>
internal sealed class PcapngReader : CaptureReader
{
    private const uint SectionHeader = 0x0a0d0d0a;
    private const uint InterfaceDescription = 1;
    private const uint ObsoletePacket = 2;
    private const uint SimplePacket = 3;
    private const uint EnhancedPacket = 6;
    private const int MaxInterfaces = 65536;

    private readonly List<CaptureInterface> _interfaces = [];
    private bool _bigEndian;

    public PcapngReader(Stream stream, string name) : base(stream, name)
    {
        Skip(4);
        ReadSection();
    }

    public override bool TryRead(out CapturedPacket packet)
    {
        Span<byte> type = stackalloc byte[4];
        while (TryFill(type, "a block header"))
        {
            // The section header's type reads the same in both byte orders.
            if (BinaryPrimitives.ReadUInt32LittleEndian(type) == SectionHeader)
            {
                ReadSection();
                continue;
            }

            byte[] body = ReadBody();
            switch (Number(type))
            {
                case InterfaceDescription:
                    AddInterface(body);
                    break;
                case EnhancedPacket:
                    packet = ReadPacket(body, "an enhanced packet block", Field(body, 0, "an enhanced packet block"));
                    return true;
                case ObsoletePacket:
                    packet = ReadPacket(body, "a packet block", Short(body, 0, "a packet block"));
                    return true;
                case SimplePacket:
                    packet = ReadSimple(body);
                    return true;
                default:
                    break;
            }
        }

        packet = default;
        return false;
    }

    private void ReadSection()
    {
        Span<byte> head = stackalloc byte[8];
        Fill(head, "a section header");
        uint order = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
        _bigEndian = order switch
        {
            0x1a2b3c4d => false,
            0x4d3c2b1a => true,
            _ => throw Malformed("BPF1505", $"a section with byte-order mark 0x{order:x8}; 0x1a2b3c4d is expected", "the file is damaged here, or is no capture"),
        };
        uint length = CheckLength(Number(head), 28);
        byte[] rest = new byte[length - 12];
        Fill(rest, "a section header");
        CheckTrailer(rest, length);
        if (Short(rest, 0, "a section header") is var major && major != 1)
        {
            throw Malformed("BPF1503", $"pcapng version {major} is not supported; 1 is", "write the capture again with a current tool");
        }

        _interfaces.Clear();
    }

    // The body without the length that closes the block.
    private byte[] ReadBody()
    {
        Span<byte> head = stackalloc byte[4];
        Fill(head, "a block header");
        uint length = CheckLength(Number(head), 12);
        byte[] body = new byte[length - 8];
        Fill(body, "a block");
        CheckTrailer(body, length);
        return body[..^4];
    }

    private uint CheckLength(uint length, int least) => length >= least && length <= MaxPacketBytes && length % 4 == 0
        ? length
        : throw Malformed("BPF1504", $"a block of {length} bytes; {least} to {MaxPacketBytes} in steps of 4 are allowed", "the file is damaged here, or is no capture");

    private void CheckTrailer(ReadOnlySpan<byte> rest, uint length)
    {
        uint trailer = Number(rest[^4..]);
        if (trailer != length)
        {
            throw Malformed("BPF1505", $"a block says {length} bytes at its begin and {trailer} at its end", "the file is damaged here");
        }
    }

    private void AddInterface(ReadOnlySpan<byte> body)
    {
        LinkType linkType = (LinkType)Short(body, 0, "an interface block");
        uint snapLength = Field(body, 4, "an interface block");
        if (_interfaces.Count == MaxInterfaces)
        {
            throw Malformed("BPF1504", $"more than {MaxInterfaces} interfaces", "the file is damaged here, or is no capture");
        }

        byte resolution = 6;
        long offset = 0;
        for (int at = 8; at + 4 <= body.Length;)
        {
            ushort code = Short(body, at, "an interface option");
            int size = Short(body, at + 2, "an interface option");
            if (code == 0 || at + 4 + size > body.Length)
            {
                break;
            }

            ReadOnlySpan<byte> value = body.Slice(at + 4, size);
            if (code == 9 && size >= 1)
            {
                resolution = value[0];
            }
            else if (code == 14 && size >= 8)
            {
                offset = _bigEndian ? BinaryPrimitives.ReadInt64BigEndian(value) : BinaryPrimitives.ReadInt64LittleEndian(value);
            }

            at += 4 + ((size + 3) & ~3);
        }

        _interfaces.Add(new CaptureInterface(linkType, snapLength, resolution, offset));
    }

    private CapturedPacket ReadPacket(byte[] body, string what, uint interfaceIndex)
    {
        if (interfaceIndex >= _interfaces.Count)
        {
            throw Malformed("BPF1506", $"{what} of interface {interfaceIndex}; the section has declared {_interfaces.Count}", "the file is damaged here");
        }

        CaptureInterface source = _interfaces[(int)interfaceIndex];
        ulong time = (ulong)Field(body, 4, what) << 32 | Field(body, 8, what);
        uint captured = Field(body, 12, what);
        uint original = Field(body, 16, what);
        if (captured > body.Length - 20)
        {
            throw Malformed("BPF1504", $"{what} that holds {body.Length - 20} bytes says {captured}", "the file is damaged here");
        }

        (DateTimeOffset when, int extra) = source.ToTime(time);
        return new CapturedPacket(
            ++Count, when, source.LinkType, (int)interfaceIndex, (int)Math.Min(original, int.MaxValue), body.AsMemory(20, (int)captured))
        { ExtraNanoseconds = extra };
    }

    private CapturedPacket ReadSimple(byte[] body)
    {
        const string What = "a simple packet block";
        if (_interfaces.Count == 0)
        {
            throw Malformed("BPF1506", $"{What} before any interface", "the file is damaged here");
        }

        CaptureInterface source = _interfaces[0];
        uint original = Field(body, 0, What);
        uint captured = Math.Min(original, source.SnapLength == 0 ? uint.MaxValue : source.SnapLength);
        if (captured > body.Length - 4)
        {
            throw Malformed("BPF1504", $"{What} that holds {body.Length - 4} bytes says {captured}", "the file is damaged here");
        }

        return new CapturedPacket(
            ++Count, DateTimeOffset.UnixEpoch, source.LinkType, 0, (int)Math.Min(original, int.MaxValue), body.AsMemory(4, (int)captured));
    }

    private uint Field(ReadOnlySpan<byte> body, int at, string what) => at + 4 <= body.Length
        ? Number(body[at..])
        : throw Malformed("BPF1504", $"{what} of {body.Length} bytes is too short", "the file is damaged here");

    private ushort Short(ReadOnlySpan<byte> body, int at, string what) => at + 2 <= body.Length
        ? _bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(body[at..]) : BinaryPrimitives.ReadUInt16LittleEndian(body[at..])
        : throw Malformed("BPF1504", $"{what} of {body.Length} bytes is too short", "the file is damaged here");

    private uint Number(ReadOnlySpan<byte> bytes) =>
        _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
