using System.Runtime.InteropServices;

namespace BpfSharp.Runtime.Memory;

internal sealed unsafe partial class RunContext
{
    /// <summary>Bytes in front of a packet that it may grow into (the kernel's <c>XDP_PACKET_HEADROOM</c>).</summary>
    public const int Headroom = 256;

    /// <summary>Room a packet has at least, headroom not counted: a page less what the kernel keeps at both ends.</summary>
    public const int LeastPacketRoom = 4096 - Headroom - 320;

    private byte* _packetMemory;
    private int _packetMemoryBytes;

    /// <summary>Bytes of link-layer header at the start of the packet: 14 when the program sees Ethernet, 0 when it begins at the network header.</summary>
    public int LinkBytes;

    /// <summary>Lays a packet out in native memory this context keeps, with room at both ends, and points the packet fields at it.</summary>
    /// <param name="packet">Its bytes.</param>
    /// <param name="metaBytes">How many of them are metadata in front of the packet.</param>
    /// <param name="hiddenBytes">How many after these stand in front of what the program sees.</param>
    public void LayPacket(ReadOnlySpan<byte> packet, int metaBytes = 0, int hiddenBytes = 0)
    {
        int room = Math.Max(LeastPacketRoom, packet.Length);
        if (_packetMemoryBytes < Headroom + room)
        {
            NativeMemory.AlignedFree(_packetMemory);
            _packetMemory = (byte*)NativeMemory.AlignedAlloc((nuint)(Headroom + room), 64);
            _packetMemoryBytes = Headroom + room;
        }

        PacketBuffer = _packetMemory;
        PacketBufferEnd = _packetMemory + Headroom + room;
        byte* start = _packetMemory + Headroom - metaBytes;

        // Room at both ends may become packet: it must not show another run's bytes.
        new Span<byte>(_packetMemory, Headroom - metaBytes).Clear();
        packet.CopyTo(new Span<byte>(start, packet.Length));
        byte* end = start + packet.Length;
        new Span<byte>(end, (int)Math.Min(PacketBufferEnd - end, 512)).Clear();
        byte* data = start + metaBytes + hiddenBytes;
        SetPacket(data, end, hiddenBytes == 0 ? start : data);
    }
}
