using System.Buffers.Binary;
using System.Globalization;
using BpfSharp.Diagnostics;

namespace BpfSharp.Packets;

/// <summary>Reads capture files: pcap (micro- and nanoseconds) and pcapng, in both byte orders.</summary>
/// <remarks>Memory stays bounded by one packet: records over <see cref="MaxPacketBytes"/> are refused, not allocated.</remarks>
public abstract class CaptureReader : IPacketSource
{
    /// <summary>Largest packet or block that is accepted, in bytes.</summary>
    public const int MaxPacketBytes = 1 << 24;

    private readonly Stream _stream;

    private protected CaptureReader(Stream stream, string name)
    {
        _stream = stream;
        Name = name;
    }

    /// <summary>Name for messages.</summary>
    public string Name { get; }

    /// <summary>Bytes read so far: where the next record begins.</summary>
    public long Position { get; private set; }

    /// <summary>Packets read so far.</summary>
    public long Count { get; private protected set; }

    /// <summary>Opens a capture file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ObjectFormatException">It is neither pcap nor pcapng (BPF1501), or its header is cut off (BPF1502).</exception>
    public static CaptureReader Open(string path)
    {
        FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
        try
        {
            return Open(stream, path);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads a capture from a stream; the reader owns it.</summary>
    /// <param name="stream">The capture, from its first byte on; it need not seek.</param>
    /// <param name="name">Name for messages.</param>
    /// <exception cref="ObjectFormatException">It is neither pcap nor pcapng (BPF1501), or its header is cut off (BPF1502).</exception>
    public static CaptureReader Open(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        byte[] magic = new byte[4];
        int read = stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        if (read < magic.Length)
        {
            throw Malformed(name, 0, "BPF1502", $"only {read} bytes long; a capture begins with 4 bytes of magic number", "capture again, or check the copy");
        }

        uint number = BinaryPrimitives.ReadUInt32LittleEndian(magic);
        return number switch
        {
            0xa1b2c3d4 => new PcapReader(stream, name, bigEndian: false, nanoseconds: false),
            0xd4c3b2a1 => new PcapReader(stream, name, bigEndian: true, nanoseconds: false),
            0xa1b23c4d => new PcapReader(stream, name, bigEndian: false, nanoseconds: true),
            0x4d3cb2a1 => new PcapReader(stream, name, bigEndian: true, nanoseconds: true),
            0x0a0d0d0a => new PcapngReader(stream, name),
            _ => throw Malformed(
                name,
                0,
                "BPF1501",
                string.Create(CultureInfo.InvariantCulture, $"begins with 0x{number:x8}, which is neither pcap nor pcapng"),
                "give a capture that tcpdump or Wireshark wrote"),
        };
    }

    /// <inheritdoc/>
    public abstract bool TryRead(out CapturedPacket packet);

    /// <summary>All remaining packets.</summary>
    public IEnumerable<CapturedPacket> ReadAll()
    {
        while (TryRead(out CapturedPacket packet))
        {
            yield return packet;
        }
    }

    /// <summary>Closes the stream.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Notes bytes that were read before this reader was made.</summary>
    private protected void Skip(int bytes) => Position += bytes;

    /// <summary>Fills a buffer, or tells that the stream ended at a record's border.</summary>
    private protected bool TryFill(Span<byte> buffer, string what)
    {
        int read = _stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        if (read == 0 && buffer.Length > 0)
        {
            return false;
        }

        if (read < buffer.Length)
        {
            throw Cut(what, buffer.Length, read);
        }

        Position += read;
        return true;
    }

    /// <summary>Fills a buffer that must be there.</summary>
    private protected void Fill(Span<byte> buffer, string what)
    {
        if (!TryFill(buffer, what) && buffer.Length > 0)
        {
            throw Cut(what, buffer.Length, 0);
        }
    }

    /// <summary>A refusal with the place in the file.</summary>
    private protected ObjectFormatException Malformed(string id, string message, string suggestion) =>
        Malformed(Name, Position, id, message, suggestion);

    private ObjectFormatException Cut(string what, int wanted, int read) => Malformed(
        "BPF1502",
        $"the file ends inside {what}: {wanted} bytes expected, {read} there",
        "the capture was cut off while written or copied; the packets before this one are whole");

    private static ObjectFormatException Malformed(string name, long position, string id, string message, string suggestion) => new(new Finding
    {
        Id = id,
        Message = message,
        Where = string.Create(CultureInfo.InvariantCulture, $"{name}, byte {position}"),
        Suggestion = suggestion,
    });
}
