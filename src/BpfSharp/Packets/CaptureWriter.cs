using System.Buffers.Binary;

namespace BpfSharp.Packets;

/// <summary>Writes a pcap file with nanosecond times, which tcpdump and Wireshark read.</summary>
public sealed class CaptureWriter : IDisposable
{
    private readonly Stream _stream;
    private readonly LinkType _linkType;

    /// <summary>Begins a capture on a stream; the writer owns it.</summary>
    /// <param name="stream">Where to write.</param>
    /// <param name="linkType">What every packet begins with.</param>
    public CaptureWriter(Stream stream, LinkType linkType)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        _linkType = linkType;
        Span<byte> header = stackalloc byte[24];
        header.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0xa1b23c4d);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], 4);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], 262144);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], (uint)linkType);
        _stream.Write(header);
    }

    /// <summary>Packets written so far.</summary>
    public long Count { get; private set; }

    /// <summary>Begins a capture file; an existing one is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="linkType">What every packet begins with.</param>
    public static CaptureWriter Create(string path, LinkType linkType) =>
        new(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 1 << 16), linkType);

    /// <summary>Appends a packet.</summary>
    /// <param name="time">When it was captured.</param>
    /// <param name="data">Its bytes.</param>
    /// <param name="originalLength">Bytes it had on the wire; 0 for as many as given.</param>
    /// <param name="extraNanoseconds">Nanoseconds below the time's resolution: 0 to 99.</param>
    public void Write(DateTimeOffset time, ReadOnlySpan<byte> data, int originalLength = 0, int extraNanoseconds = 0)
    {
        long ticks = Math.Max(0, (time - DateTimeOffset.UnixEpoch).Ticks);
        Span<byte> header = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)(ticks / TimeSpan.TicksPerSecond));
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], (uint)((ticks % TimeSpan.TicksPerSecond * 100) + extraNanoseconds));
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], (uint)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], (uint)Math.Max(originalLength, data.Length));
        _stream.Write(header);
        _stream.Write(data);
        Count++;
    }

    /// <summary>Appends a packet of a capture.</summary>
    /// <param name="packet">The packet; its link type must be the writer's.</param>
    /// <exception cref="ArgumentException">The link type is another: a pcap file has one.</exception>
    public void Write(in CapturedPacket packet)
    {
        if (packet.LinkType != _linkType)
        {
            throw new ArgumentException(
                $"packet {packet.Number} has link type {packet.LinkType}, the capture {_linkType}: a pcap file has one", nameof(packet));
        }

        Write(packet.Time, packet.Data.Span, packet.OriginalLength, packet.ExtraNanoseconds);
    }

    /// <summary>Writes what is buffered and closes the stream.</summary>
    public void Dispose() => _stream.Dispose();
}
