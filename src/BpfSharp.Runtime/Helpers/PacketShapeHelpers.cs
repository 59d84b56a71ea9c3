using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Helpers;

/// <summary>Helpers that change where a packet begins and ends, and its tags.</summary>
internal static unsafe class PacketShapeHelpers
{
    private const int EthernetBytes = 14;
    private const int VlanBytes = 4;
    private const int IPv4Bytes = 20;
    private const int IPv6Bytes = 40;

    /// <summary>Bytes of the kernel's own head of an XDP frame, which data and metadata must not reach.</summary>
    private const int XdpFrameBytes = 40;

    private const int MaxMetadata = 252;
    private const uint MaxRoomChange = 0xfff;
    private const ulong RoomFlags = 0x7f | (0xffUL << 56) | (3UL << 7);

    /// <summary>Most bytes of a socket buffer helpers make (<c>BPF_SKB_MAX_LEN</c>).</summary>
    private const uint MaxSkb = 16_064;

    private const ushort IPv4Type = 0x0800;
    private const ushort IPv6Type = 0x86dd;
    private const ushort VlanType = 0x8100;
    private const ushort ProviderVlanType = 0x88a8;

    /// <summary>Their rows.</summary>
    public static HelperRow[] Rows { get; } =
    [
        new(18, "skb_vlan_push", PushVlan),
        new(19, "skb_vlan_pop", PopVlan),
        new(31, "skb_change_proto", ChangeProtocol),
        new(32, "skb_change_type", ChangeType),
        new(38, "skb_change_tail", ChangeTail),
        new(39, "skb_pull_data", PullData),
        new(43, "skb_change_head", ChangeHead),
        new(44, "xdp_adjust_head", AdjustHead),
        new(50, "skb_adjust_room", AdjustRoom),
        new(54, "xdp_adjust_meta", AdjustMeta),
        new(65, "xdp_adjust_tail", AdjustTail),
    ];

    private static ulong AdjustHead(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        int offset = (int)r2;
        byte* data = run.Data + offset;
        long metadata = run.Data - run.DataMeta;
        if (data < run.PacketBuffer + XdpFrameBytes + metadata || data > run.DataEnd - EthernetBytes)
        {
            return Answer.Of(-Errno.Einval);
        }

        if (metadata > 0)
        {
            Buffer.MemoryCopy(run.DataMeta, run.DataMeta + offset, metadata, metadata);
        }

        run.SetPacket(data, run.DataEnd, data - metadata);
        return 0;
    }

    private static ulong AdjustMeta(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        byte* meta = run.DataMeta + (int)r2;
        if (meta < run.PacketBuffer + XdpFrameBytes || meta > run.Data)
        {
            return Answer.Of(-Errno.Einval);
        }

        long bytes = run.Data - meta;
        if (bytes % 4 != 0 || bytes > MaxMetadata)
        {
            return Answer.Of(-Errno.Eacces);
        }

        run.SetPacket(run.Data, run.DataEnd, meta);
        return 0;
    }

    private static ulong AdjustTail(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        int offset = (int)r2;
        byte* end = run.DataEnd + offset;
        if (end > run.PacketBufferEnd || end < run.Data + EthernetBytes)
        {
            return Answer.Of(-Errno.Einval);
        }

        if (offset > 0)
        {
            NativeMemory.Clear(run.DataEnd, (nuint)offset);
        }

        run.SetPacket(run.Data, end, run.DataMeta);
        return 0;
    }

    private static ulong PullData(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        (uint)r2 > PacketHelpers.LengthOf(run) ? Answer.Of(-Errno.Enomem) : 0;

    private static ulong ChangeTail(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        uint wanted = (uint)r2;
        if (r3 != 0 || wanted > MaxSkb || wanted < run.LinkBytes)
        {
            return Answer.Of(-Errno.Einval);
        }

        byte* end = run.Data + wanted;
        if (end > run.PacketBufferEnd)
        {
            return Answer.Of(-Errno.Enomem);
        }

        if (end > run.DataEnd)
        {
            NativeMemory.Clear(run.DataEnd, (nuint)(end - run.DataEnd));
        }

        Resize(run, run.Data, end);
        return 0;
    }

    private static ulong ChangeHead(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        uint room = (uint)r2;
        ulong wanted = PacketHelpers.LengthOf(run) + (ulong)room;
        if (r3 != 0 || wanted > MaxSkb)
        {
            return Answer.Of(-Errno.Einval);
        }

        if (run.Data - room < run.PacketBuffer)
        {
            return Answer.Of(-Errno.Enomem);
        }

        NativeMemory.Clear(run.Data - room, room);
        Resize(run, run.Data - room, run.DataEnd);
        return 0;
    }

    private static ulong AdjustRoom(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        int difference = (int)r2;
        uint bytes = (uint)Math.Abs((long)difference);
        ushort protocol = BinaryPrimitives.ReverseEndianness((ushort)SkbLayout.Get(run, SkbLayout.Protocol));
        uint baseBytes = protocol == IPv4Type ? IPv4Bytes : (uint)IPv6Bytes;
        if ((r4 & ~RoomFlags) != 0)
        {
            return Answer.Of(-Errno.Einval);
        }

        if (bytes > MaxRoomChange)
        {
            return Answer.Of(-Errno.Efault);
        }

        uint length = PacketHelpers.LengthOf(run);
        uint network = length - (uint)run.LinkBytes;
        bool shrinks = difference < 0;
        if (protocol is not (IPv4Type or IPv6Type) || r3 > 1
            || (shrinks && (bytes >= network || network - bytes < baseBytes))
            || (!shrinks && length + bytes > MaxSkb))
        {
            return Answer.Of(-Errno.Enotsupp);
        }

        uint offset = (uint)run.LinkBytes + (r3 == 0 ? baseBytes : 0);
        if (shrinks)
        {
            Buffer.MemoryCopy(run.Data, run.Data + bytes, offset, offset);
            Resize(run, run.Data + bytes, run.DataEnd);
            return 0;
        }

        if (run.Data - bytes < run.PacketBuffer)
        {
            return Answer.Of(-Errno.Enomem);
        }

        Buffer.MemoryCopy(run.Data, run.Data - bytes, offset, offset);
        NativeMemory.Clear(run.Data - bytes + offset, bytes);
        Resize(run, run.Data - bytes, run.DataEnd);
        return 0;
    }

    // Makes or takes the room in which a program writes the other header; addresses and checksums are its own work.
    private static ulong ChangeProtocol(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        const uint Difference = IPv6Bytes - IPv4Bytes;
        if (r3 != 0)
        {
            return Answer.Of(-Errno.Einval);
        }

        ushort from = BinaryPrimitives.ReverseEndianness((ushort)SkbLayout.Get(run, SkbLayout.Protocol));
        ushort to = BinaryPrimitives.ReverseEndianness((ushort)r2);
        uint link = (uint)run.LinkBytes;
        if (from == IPv4Type && to == IPv6Type)
        {
            if (run.Data - Difference < run.PacketBuffer)
            {
                return Answer.Of(-Errno.Enomem);
            }

            Buffer.MemoryCopy(run.Data, run.Data - Difference, link, link);
            NativeMemory.Clear(run.Data - Difference + link, Difference);
            Resize(run, run.Data - Difference, run.DataEnd);
        }
        else if (from == IPv6Type && to == IPv4Type)
        {
            if (PacketHelpers.LengthOf(run) < link + Difference)
            {
                return Answer.Of(-Errno.Enomem);
            }

            Buffer.MemoryCopy(run.Data, run.Data + Difference, link, link);
            Resize(run, run.Data + Difference, run.DataEnd);
        }
        else
        {
            return Answer.Of(-Errno.Enotsupp);
        }

        SkbLayout.Set(run, SkbLayout.Protocol, (ushort)r2);
        SkbLayout.Set(run, SkbLayout.Hash, 0);
        return 0;
    }

    private static ulong ChangeType(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        const uint OtherHost = 3;
        if (SkbLayout.Get(run, SkbLayout.PacketType) > OtherHost || (uint)r2 > OtherHost)
        {
            return Answer.Of(-Errno.Einval);
        }

        SkbLayout.Set(run, SkbLayout.PacketType, (uint)r2);
        return 0;
    }

    private static ulong PushVlan(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        ushort type = BinaryPrimitives.ReverseEndianness((ushort)r2);
        type = type is VlanType or ProviderVlanType ? type : VlanType;
        if (SkbLayout.Get(run, SkbLayout.VlanPresent) != 0)
        {
            // The tag beside the packet moves into it, behind the addresses.
            if (run.Data - VlanBytes < run.PacketBuffer || PacketHelpers.LengthOf(run) < EthernetBytes)
            {
                return Answer.Of(-Errno.Enomem);
            }

            byte* data = run.Data - VlanBytes;
            Buffer.MemoryCopy(run.Data, data, 12, 12);
            Unsafe.WriteUnaligned(data + 12, (ushort)SkbLayout.Get(run, SkbLayout.VlanProtocol));
            Unsafe.WriteUnaligned(
                data + 14, BinaryPrimitives.ReverseEndianness((ushort)SkbLayout.Get(run, SkbLayout.VlanTci)));
            SkbLayout.Set(run, SkbLayout.Protocol, SkbLayout.Get(run, SkbLayout.VlanProtocol));
            Resize(run, data, run.DataEnd);
        }

        SkbLayout.Set(run, SkbLayout.VlanPresent, 1);
        SkbLayout.Set(run, SkbLayout.VlanTci, (ushort)r3);
        SkbLayout.Set(run, SkbLayout.VlanProtocol, BinaryPrimitives.ReverseEndianness(type));
        return 0;
    }

    private static ulong PopVlan(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if (SkbLayout.Get(run, SkbLayout.VlanPresent) != 0)
        {
            SetTag(run, present: false, 0, 0);
        }
        else if (IsTagged(run))
        {
            RemoveTag(run, out _, out _);
        }
        else
        {
            return 0;
        }

        // An inner tag becomes the one beside the packet.
        if (IsTagged(run))
        {
            RemoveTag(run, out ushort tci, out ushort type);
            SetTag(run, present: true, tci, type);
        }

        return 0;
    }

    private static bool IsTagged(RunContext run) =>
        BinaryPrimitives.ReverseEndianness((ushort)SkbLayout.Get(run, SkbLayout.Protocol)) is VlanType or ProviderVlanType
        && PacketHelpers.LengthOf(run) >= EthernetBytes + VlanBytes;

    private static void RemoveTag(RunContext run, out ushort tci, out ushort type)
    {
        type = Unsafe.ReadUnaligned<ushort>(run.Data + 12);
        tci = BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ushort>(run.Data + 14));
        Buffer.MemoryCopy(run.Data, run.Data + VlanBytes, 12, 12);
        Resize(run, run.Data + VlanBytes, run.DataEnd);
        SkbLayout.Set(run, SkbLayout.Protocol, Unsafe.ReadUnaligned<ushort>(run.Data + 12));
    }

    private static void SetTag(RunContext run, bool present, ushort tci, ushort type)
    {
        SkbLayout.Set(run, SkbLayout.VlanPresent, present ? 1u : 0);
        SkbLayout.Set(run, SkbLayout.VlanTci, tci);
        SkbLayout.Set(run, SkbLayout.VlanProtocol, type);
    }

    private static void Resize(RunContext run, byte* data, byte* end)
    {
        run.SetPacket(data, end, data);
        SkbLayout.Set(run, SkbLayout.Length, (uint)(end - data));
    }
}
