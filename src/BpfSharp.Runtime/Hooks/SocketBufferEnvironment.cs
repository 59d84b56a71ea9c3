using System.Buffers.Binary;
using BpfSharp.Hosting;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Hooks;

/// <summary>Programs on <c>struct __sk_buff</c>, laid out as <c>BPF_PROG_TEST_RUN</c> does.</summary>
/// <param name="seesLinkLayer">Whether the packet begins with its Ethernet header (tc) or behind it (the others).</param>
internal sealed class SocketBufferEnvironment(bool seesLinkLayer) : RunEnvironment
{
    private const int EthernetBytes = 14;

    // struct __sk_buff (include/uapi/linux/bpf.h).
    private const int LengthOffset = 0;
    private const int PacketTypeOffset = 4;
    private const int MarkOffset = 8;
    private const int ProtocolOffset = 16;
    private const int PriorityOffset = 32;
    private const int IngressInterfaceOffset = 36;
    private const int InterfaceOffset = 40;
    private const int ControlBlockOffset = 48;
    private const int ControlBlockBytes = 20;
    private const int DataOffset = 76;
    private const int DataEndOffset = 80;
    private const int FamilyOffset = 88;
    private const int RemoteIPv4Offset = 92;
    private const int LocalIPv4Offset = 96;
    private const int RemoteIPv6Offset = 100;
    private const int LocalIPv6Offset = 116;
    private const int DataMetaOffset = 140;
    private const int TimestampOffset = 152;
    private const int WireLengthOffset = 160;
    private const int SegmentsOffset = 164;
    private const int SegmentBytesOffset = 176;
    private const int HardwareTimestampOffset = 184;
    private const int DeclaredBytes = 192;

    // What a test run may set; everything else must be zero, as in the kernel.
    private static readonly (int Offset, int Bytes)[] s_settable =
    [
        (MarkOffset, 4), (PriorityOffset, 4), (IngressInterfaceOffset, 4), (InterfaceOffset, 4), (ControlBlockOffset, ControlBlockBytes),
        (TimestampOffset, 8), (WireLengthOffset, 4), (SegmentsOffset, 4), (SegmentBytesOffset, 4), (HardwareTimestampOffset, 8),
    ];

    private static readonly ContextShape s_shape = new(
        DeclaredBytes,
        new WideField(DataOffset, 192, WideFieldRole.Data),
        new WideField(DataEndOffset, 200, WideFieldRole.DataEnd),
        new WideField(DataMetaOffset, 208, WideFieldRole.DataMeta));

    /// <inheritdoc/>
    public override ContextShape Shape => s_shape;

    /// <inheritdoc/>
    public override bool SuitsUncheckedRuns => true;

    /// <inheritdoc/>
    public override ulong Prepare(RunContext run, RunInput input)
    {
        ReadOnlySpan<byte> packet = input.Packet.Span;
        if (packet.Length < EthernetBytes)
        {
            throw new ArgumentException($"the packet has {packet.Length} bytes; programs of this type need an Ethernet header of {EthernetBytes}", nameof(input));
        }

        run.Shape = s_shape;
        run.LinkBytes = seesLinkLayer ? EthernetBytes : 0;
        Span<byte> context = run.SizeContext(s_shape.NativeSize);
        context.Clear();
        int length = packet.Length - (seesLinkLayer ? 0 : EthernetBytes);
        Write(context, LengthOffset, (uint)length);
        Write(context, PacketTypeOffset, PacketType(packet));
        Write(context, ProtocolOffset, Protocol(packet));
        Write(context, InterfaceOffset, 1);
        WriteAddresses(context, packet);
        TakeGiven(context, input);
        if (!input.Context.IsEmpty && BinaryPrimitives.ReadUInt32LittleEndian(context[WireLengthOffset..]) == 0)
        {
            Write(context, WireLengthOffset, (uint)length);
        }

        run.LayPacket(packet, hiddenBytes: seesLinkLayer ? 0 : EthernetBytes);
        return 0;
    }

    /// <inheritdoc/>
    public override unsafe RunResult Collect(RunContext run, RunInput input, ulong returnValue)
    {
        // Without the link layer the kernel gives back a header of zeros in front.
        int hidden = seesLinkLayer ? 0 : EthernetBytes;
        int length = (int)(run.DataEnd - run.Data);
        byte[] packet = new byte[hidden + length];
        new ReadOnlySpan<byte>(run.Data, length).CopyTo(packet.AsSpan(hidden));
        byte[] context = new byte[DeclaredBytes];
        ReadOnlySpan<byte> native = new(run.Context, DeclaredBytes);
        foreach ((int offset, int bytes) in s_settable)
        {
            native.Slice(offset, bytes).CopyTo(context.AsSpan(offset));
        }

        return new RunResult
        {
            ReturnValue = returnValue,
            Packet = packet,
            Context = context,
            Redirection = run.PacketState.Redirection,
            Clones = run.PacketState.TakeClones(),
            Printed = run.Printed,
        };
    }

    private static void TakeGiven(Span<byte> context, RunInput input)
    {
        ReadOnlySpan<byte> given = input.Context.Span;
        if (given.IsEmpty)
        {
            return;
        }

        if (given.Length > DeclaredBytes)
        {
            throw new ArgumentException($"the context has {given.Length} bytes; struct __sk_buff has {DeclaredBytes}", nameof(input));
        }

        Span<byte> rest = stackalloc byte[DeclaredBytes];
        rest.Clear();
        given.CopyTo(rest);
        foreach ((int offset, int bytes) in s_settable)
        {
            if (offset != InterfaceOffset || rest.Slice(offset, bytes).IndexOfAnyExcept((byte)0) >= 0)
            {
                rest.Slice(offset, bytes).CopyTo(context[offset..]);
            }

            rest.Slice(offset, bytes).Clear();
        }

        int set = rest.IndexOfAnyExcept((byte)0);
        if (set >= 0)
        {
            throw new ArgumentException(
                $"byte {set} of the context is set; a run may set mark, priority, ingress_ifindex, ifindex, cb, tstamp, wire_len, gso_segs, gso_size and hwtstamp",
                nameof(input));
        }
    }

    // As eth_type_trans tells it for the loopback device, whose own and broadcast address are zeros: multicast, host or other host.
    private static uint PacketType(ReadOnlySpan<byte> packet) =>
        (packet[0] & 1) != 0 ? 2u : packet[..6].IndexOfAnyExcept((byte)0) < 0 ? 0u : 3u;

    // A test run's socket takes its addresses from the packet: its own is the source.
    private static void WriteAddresses(Span<byte> context, ReadOnlySpan<byte> packet)
    {
        const int IPv4 = 2;
        const int IPv6 = 10;
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(packet[12..]);
        ReadOnlySpan<byte> header = packet[EthernetBytes..];
        if (type == 0x0800 && header.Length >= 20)
        {
            Write(context, FamilyOffset, IPv4);
            header.Slice(12, 4).CopyTo(context[LocalIPv4Offset..]);
            header.Slice(16, 4).CopyTo(context[RemoteIPv4Offset..]);
        }
        else if (type == 0x86dd && header.Length >= 40)
        {
            Write(context, FamilyOffset, IPv6);
            header.Slice(8, 16).CopyTo(context[LocalIPv6Offset..]);
            header.Slice(24, 16).CopyTo(context[RemoteIPv6Offset..]);
        }
    }

    // Network order, as the field has it; lengths instead of a type mean 802.3 or 802.2.
    private static uint Protocol(ReadOnlySpan<byte> packet)
    {
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(packet[12..]);
        if (type < 1536)
        {
            type = (ushort)(packet.Length >= 16 && packet[14] == 0xff && packet[15] == 0xff ? 0x0001 : 0x0004);
        }

        return BinaryPrimitives.ReverseEndianness(type);
    }

    private static void Write(Span<byte> context, int offset, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(context[offset..], value);
}
