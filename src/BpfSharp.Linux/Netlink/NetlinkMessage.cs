using System.Buffers.Binary;
using System.Text;

namespace BpfSharp.Linux.Netlink;

/// <summary>A netlink request being written: header, fixed part, attributes.</summary>
internal sealed class NetlinkMessage
{
    private const int HeaderBytes = 16;
    private const ushort Request = 1;
    private const ushort Acknowledge = 4;

    private readonly List<byte> _bytes = [.. new byte[HeaderBytes]];

    /// <summary>Starts a request.</summary>
    /// <param name="type">Message type, for example RTM_NEWQDISC.</param>
    /// <param name="flags">Beside request and acknowledge: create, exclusive, replace.</param>
    /// <param name="body">The fixed part.</param>
    internal NetlinkMessage(ushort type, ushort flags, ReadOnlySpan<byte> body)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        header.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], type);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], (ushort)(flags | Request | Acknowledge));
        for (int i = 0; i < HeaderBytes; i++)
        {
            _bytes[i] = header[i];
        }

        Append(body);
    }

    /// <summary>Adds an attribute of bytes.</summary>
    internal NetlinkMessage Add(ushort type, ReadOnlySpan<byte> value)
    {
        Span<byte> header = stackalloc byte[4];
        BinaryPrimitives.WriteUInt16LittleEndian(header, (ushort)(4 + value.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(header[2..], type);
        Append(header);
        Append(value);
        return this;
    }

    internal NetlinkMessage Add(ushort type, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Add(type, bytes);
    }

    internal NetlinkMessage Add(ushort type, string value) => Add(type, Encoding.UTF8.GetBytes(value + '\0'));

    /// <summary>Adds an attribute that holds others.</summary>
    internal NetlinkMessage AddNest(ushort type, Action<NetlinkMessage> fill)
    {
        int start = _bytes.Count;
        Add(type, []);
        fill(this);
        ushort length = (ushort)(_bytes.Count - start);
        _bytes[start] = (byte)length;
        _bytes[start + 1] = (byte)(length >> 8);
        return this;
    }

    /// <summary>Adds a raw fixed part inside a nest, for peers that want one there.</summary>
    internal NetlinkMessage AddRaw(ReadOnlySpan<byte> bytes)
    {
        Append(bytes);
        return this;
    }

    internal byte[] Finish()
    {
        byte[] result = [.. _bytes];
        BinaryPrimitives.WriteInt32LittleEndian(result, result.Length);
        return result;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        while (_bytes.Count % 4 != 0)
        {
            _bytes.Add(0);
        }
    }
}
