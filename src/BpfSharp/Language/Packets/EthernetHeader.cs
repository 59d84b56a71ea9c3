using System.Runtime.InteropServices;

namespace BpfSharp.Language;

/// <summary>Ethernet header: 14 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct EthernetHeader
{
    private MacAddress _destination;
    private MacAddress _source;
    private ushort _type;

    /// <summary>Destination address.</summary>
    public MacAddress Destination
    {
        readonly get => _destination;
        set => _destination = value;
    }

    /// <summary>Source address.</summary>
    public MacAddress Source
    {
        readonly get => _source;
        set => _source = value;
    }

    /// <summary>What follows.</summary>
    public EtherType Type
    {
        readonly get => (EtherType)NetworkOrder.Swap(_type);
        set => _type = NetworkOrder.Swap((ushort)value);
    }
}
