using System.Runtime.InteropServices;

namespace BpfSharp.Language;

/// <summary>ICMP header (also ICMPv6): 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IcmpHeader
{
    private byte _type;
    private byte _code;
    private ushort _checksum;
    private uint _rest;

    /// <summary>Message type.</summary>
    public byte Type
    {
        readonly get => _type;
        set => _type = value;
    }

    /// <summary>Message code.</summary>
    public byte Code
    {
        readonly get => _code;
        set => _code = value;
    }

    /// <summary>Checksum.</summary>
    public ushort Checksum
    {
        readonly get => NetworkOrder.Swap(_checksum);
        set => _checksum = NetworkOrder.Swap(value);
    }

    /// <summary>What the type defines: for an echo the identifier (high half) and the sequence number.</summary>
    public uint Rest
    {
        readonly get => NetworkOrder.Swap(_rest);
        set => _rest = NetworkOrder.Swap(value);
    }
}
