using System.Buffers.Binary;
using System.Runtime.Versioning;
using System.Text;
using BpfSharp.Linux.Interop;

namespace BpfSharp.Linux.Netlink;

/// <summary>Requests to the network configuration of this thread's network namespace (rtnetlink).</summary>
[SupportedOSPlatform("linux")]
internal static class RouteNetlink
{
    internal const ushort Create = 0x400;
    internal const ushort Exclusive = 0x200;
    internal const ushort Replace = 0x100;
    internal const ushort Dump = 0x300;

    private const int FamilyNetlink = 16;
    private const int SocketRaw = 3;
    private const ushort MessageError = 2;
    private const int SolNetlink = 270;
    private const int ExtendedAcknowledge = 11;
    private const ushort AcknowledgeMessage = 1;

    /// <summary>Sends a request and waits for its acknowledgement.</summary>
    /// <param name="message">The request.</param>
    /// <param name="reason">What the kernel says beside the errno; empty if nothing.</param>
    /// <returns>0, or a negative errno.</returns>
    internal static int Send(NetlinkMessage message, out string reason)
    {
        reason = "";
        int fd = Libc.Socket(FamilyNetlink, SocketRaw, 0);
        if (fd < 0)
        {
            return fd;
        }

        using BpfHandle socket = BpfHandle.Of(fd);
        _ = Libc.SetSocketOption(fd, SolNetlink, ExtendedAcknowledge, 1);
        byte[] request = message.Finish();
        int sent = Libc.Send(fd, request);
        if (sent < 0)
        {
            return sent;
        }

        byte[] answer = new byte[8192];
        while (true)
        {
            int length = Libc.Receive(fd, answer);
            if (length < 0)
            {
                return length;
            }

            if (length >= 20 && BinaryPrimitives.ReadUInt16LittleEndian(answer.AsSpan(4)) == MessageError)
            {
                reason = ReadReason(answer.AsSpan(0, length), request.Length);
                return BinaryPrimitives.ReadInt32LittleEndian(answer.AsSpan(16));
            }
        }
    }

    /// <summary>How many messages of a type a dump request answers with; 0 if it is refused.</summary>
    internal static int CountOf(NetlinkMessage dump, ushort type)
    {
        const ushort Done = 3;
        int fd = Libc.Socket(FamilyNetlink, SocketRaw, 0);
        if (fd < 0)
        {
            return 0;
        }

        using BpfHandle socket = BpfHandle.Of(fd);
        _ = Libc.Send(fd, dump.Finish());
        byte[] answer = new byte[32768];
        int count = 0;
        while (true)
        {
            int length = Libc.Receive(fd, answer);
            for (int at = 0; at + 16 <= length;)
            {
                int messageBytes = BinaryPrimitives.ReadInt32LittleEndian(answer.AsSpan(at));
                ushort kind = BinaryPrimitives.ReadUInt16LittleEndian(answer.AsSpan(at + 4));
                if (kind is Done or MessageError || messageBytes < 16)
                {
                    return count;
                }

                count += kind == type ? 1 : 0;
                at += messageBytes + 3 & ~3;
            }

            if (length <= 0)
            {
                return count;
            }
        }
    }

    /// <summary>The text of an extended acknowledgement: attributes after the echoed request (or only its header).</summary>
    private static string ReadReason(ReadOnlySpan<byte> answer, int requestBytes)
    {
        const ushort Capped = 0x100;
        const ushort HasAttributes = 0x200;
        ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(answer[6..]);
        if ((flags & HasAttributes) == 0)
        {
            return "";
        }

        int at = 20 + ((flags & Capped) != 0 ? 16 : requestBytes);
        while (at + 4 <= answer.Length)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(answer[at..]);
            ushort type = BinaryPrimitives.ReadUInt16LittleEndian(answer[(at + 2)..]);
            if (length < 4 || at + length > answer.Length)
            {
                break;
            }

            if (type == AcknowledgeMessage)
            {
                return Encoding.UTF8.GetString(answer.Slice(at + 4, length - 4)).TrimEnd('\0');
            }

            at += length + 3 & ~3;
        }

        return "";
    }
}
