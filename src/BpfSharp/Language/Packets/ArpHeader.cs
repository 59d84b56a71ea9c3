using System.Runtime.InteropServices;

namespace BpfSharp.Language;

/// <summary>ARP header for Ethernet and IPv4: 28 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 2)]
public struct ArpHeader
{
    private ushort _hardwareType;
    private ushort _protocolType;
    private byte _hardwareLength;
    private byte _protocolLength;
    private ushort _operation;
    private MacAddress _senderHardware;
    private uint _senderAddress;
    private MacAddress _targetHardware;
    private uint _targetAddress;

    /// <summary>Hardware: 1 for Ethernet.</summary>
    public ushort HardwareType
    {
        readonly get => NetworkOrder.Swap(_hardwareType);
        set => _hardwareType = NetworkOrder.Swap(value);
    }

    /// <summary>Protocol: IPv4.</summary>
    public EtherType ProtocolType
    {
        readonly get => (EtherType)NetworkOrder.Swap(_protocolType);
        set => _protocolType = NetworkOrder.Swap((ushort)value);
    }

    /// <summary>Bytes of a hardware address: 6.</summary>
    public byte HardwareLength
    {
        readonly get => _hardwareLength;
        set => _hardwareLength = value;
    }

    /// <summary>Bytes of a protocol address: 4.</summary>
    public byte ProtocolLength
    {
        readonly get => _protocolLength;
        set => _protocolLength = value;
    }

    /// <summary>1 for a request, 2 for a reply.</summary>
    public ushort Operation
    {
        readonly get => NetworkOrder.Swap(_operation);
        set => _operation = NetworkOrder.Swap(value);
    }

    /// <summary>Sender's hardware address.</summary>
    public MacAddress SenderHardware
    {
        readonly get => _senderHardware;
        set => _senderHardware = value;
    }

    /// <summary>Sender's IPv4 address as a number.</summary>
    public uint SenderAddress
    {
        readonly get => NetworkOrder.Swap(_senderAddress);
        set => _senderAddress = NetworkOrder.Swap(value);
    }

    /// <summary>Target's hardware address.</summary>
    public MacAddress TargetHardware
    {
        readonly get => _targetHardware;
        set => _targetHardware = value;
    }

    /// <summary>Target's IPv4 address as a number.</summary>
    public uint TargetAddress
    {
        readonly get => NetworkOrder.Swap(_targetAddress);
        set => _targetAddress = NetworkOrder.Swap(value);
    }
}
