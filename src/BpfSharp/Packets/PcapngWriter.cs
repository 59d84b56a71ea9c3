using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using BpfSharp.Hooks;

namespace BpfSharp.Packets;

/// <summary>
/// Writes a pcapng file with nanosecond times, any mixture of link types, and each packet's verdict (options <c>epb_verdict</c> and
/// <c>opt_comment</c>), which Wireshark shows.
/// </summary>
/// <remarks>Blocks and options: draft-ietf-opsawg-pcapng, sections 3.5, 4.1 to 4.3.</remarks>
public sealed class PcapngWriter : IDisposable
{
    private const uint SectionHeader = 0x0a0d0d0a;
    private const uint InterfaceDescription = 1;
    private const uint EnhancedPacket = 6;
    private const uint ByteOrderMagic = 0x1a2b3c4d;
    private const ushort EndOfOptions = 0;
    private const ushort Comment = 1;
    private const ushort Application = 4;
    private const ushort Verdict = 7;
    private const ushort TimeResolution = 9;
    private const byte Nanoseconds = 9;
    private const byte TcVerdict = 1;
    private const byte XdpVerdict = 2;

    private readonly Stream _stream;
    private readonly List<LinkType> _interfaces = [];
    private readonly ArrayBufferWriter<byte> _block = new();

    /// <summary>Begins a capture on a stream; the writer owns it.</summary>
    /// <param name="stream">Where to write.</param>
    public PcapngWriter(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        Put32(ByteOrderMagic);
        Put16(1);
        Put16(0);
        Put32(uint.MaxValue);
        Put32(uint.MaxValue);
        PutOption(Application, "BpfSharp"u8);
        PutOption(EndOfOptions, []);
        EndBlock(SectionHeader);
    }

    /// <summary>Packets written so far.</summary>
    public long Count { get; private set; }

    /// <summary>Begins a capture file; an existing one is replaced.</summary>
    /// <param name="path">The file.</param>
    public static PcapngWriter Create(string path) =>
        new(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 1 << 16));

    /// <summary>Appends a packet.</summary>
    /// <param name="packet">Where and when it was captured.</param>
    /// <param name="data">Its bytes, as they are to stand in the file.</param>
    /// <param name="verdict">What was decided of it; <see langword="null"/> for nothing.</param>
    public void Write(in CapturedPacket packet, ReadOnlySpan<byte> data, PacketVerdict? verdict)
    {
        int device = InterfaceOf(packet.LinkType);
        long ticks = Math.Max(0, (packet.Time - DateTimeOffset.UnixEpoch).Ticks);
        ulong time = ((ulong)ticks * 100) + (ulong)packet.ExtraNanoseconds;
        int original = packet.IsCut ? packet.OriginalLength - packet.Data.Length + data.Length : data.Length;
        Put32((uint)device);
        Put32((uint)(time >> 32));
        Put32((uint)time);
        Put32((uint)data.Length);
        Put32((uint)Math.Max(original, data.Length));
        PutPadded(data);
        if (verdict is { } decided)
        {
            PutVerdict(decided);
        }

        EndBlock(EnhancedPacket);
        Count++;
    }

    /// <summary>Writes what is buffered and closes the stream.</summary>
    public void Dispose() => _stream.Dispose();

    private void PutVerdict(PacketVerdict decided)
    {
        byte kind = decided.Type switch
        {
            ProgramType.Xdp => XdpVerdict,
            ProgramType.SchedCls or ProgramType.SchedAct => TcVerdict,
            _ => 0,
        };
        if (kind != 0 && !decided.IsFault)
        {
            Span<byte> value = stackalloc byte[1 + sizeof(ulong)];
            value[0] = kind;
            BinaryPrimitives.WriteUInt64LittleEndian(value[1..], decided.Value);
            PutOption(Verdict, value);
        }

        PutOption(Comment, Encoding.UTF8.GetBytes(decided.Name));
        PutOption(EndOfOptions, []);
    }

    private int InterfaceOf(LinkType type)
    {
        int index = _interfaces.IndexOf(type);
        if (index >= 0)
        {
            return index;
        }

        Put16((ushort)type);
        Put16(0);
        Put32(0);
        PutOption(TimeResolution, [Nanoseconds]);
        PutOption(EndOfOptions, []);
        EndBlock(InterfaceDescription);
        _interfaces.Add(type);
        return _interfaces.Count - 1;
    }

    private void PutOption(ushort code, ReadOnlySpan<byte> value)
    {
        Put16(code);
        Put16((ushort)value.Length);
        PutPadded(value);
    }

    private void PutPadded(ReadOnlySpan<byte> bytes)
    {
        _block.Write(bytes);
        int padding = -bytes.Length & 3;
        _block.GetSpan(padding)[..padding].Clear();
        _block.Advance(padding);
    }

    private void Put16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_block.GetSpan(sizeof(ushort)), value);
        _block.Advance(sizeof(ushort));
    }

    private void Put32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_block.GetSpan(sizeof(uint)), value);
        _block.Advance(sizeof(uint));
    }

    // A block's length stands before and behind its body.
    private void EndBlock(uint type)
    {
        const int Frame = 12;
        Span<byte> head = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(head, type);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], (uint)(_block.WrittenCount + Frame));
        _stream.Write(head);
        _stream.Write(_block.WrittenSpan);
        _stream.Write(head[4..]);
        _block.ResetWrittenCount();
    }
}
