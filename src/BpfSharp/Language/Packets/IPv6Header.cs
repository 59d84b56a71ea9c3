using System.Runtime.InteropServices;

namespace BpfSharp.Language;

/// <summary>IPv6 header: 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public struct IPv6Header
{
    private uint _versionClassAndFlow;
    private ushort _payloadLength;
    private byte _nextHeader;
    private byte _hopLimit;
    private IPv6Address _source;
    private IPv6Address _destination;

    /// <summary>Version (4 bits), traffic class (8 bits) and flow label (20 bits).</summary>
    public uint VersionClassAndFlow
    {
        readonly get => NetworkOrder.Swap(_versionClassAndFlow);
        set => _versionClassAndFlow = NetworkOrder.Swap(value);
    }

    /// <summary>Bytes behind this header.</summary>
    public ushort PayloadLength
    {
        readonly get => NetworkOrder.Swap(_payloadLength);
        set => _payloadLength = NetworkOrder.Swap(value);
    }

    /// <summary>What follows.</summary>
    public IPProtocol NextHeader
    {
        readonly get => (IPProtocol)_nextHeader;
        set => _nextHeader = (byte)value;
    }

    /// <summary>Hops left.</summary>
    public byte HopLimit
    {
        readonly get => _hopLimit;
        set => _hopLimit = value;
    }

    /// <summary>Source address.</summary>
    public IPv6Address Source
    {
        readonly get => _source;
        set => _source = value;
    }

    /// <summary>Destination address.</summary>
    public IPv6Address Destination
    {
        readonly get => _destination;
        set => _destination = value;
    }

    /// <summary>Version: 6.</summary>
    public readonly byte Version => (byte)(VersionClassAndFlow >> 28);

    /// <summary>Flow label.</summary>
    public readonly uint FlowLabel => VersionClassAndFlow & 0xFFFFF;
}
