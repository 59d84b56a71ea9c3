using System.Runtime.InteropServices;

namespace BpfSharp.Language;

/// <summary>UDP header: 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct UdpHeader
{
    private ushort _source;
    private ushort _destination;
    private ushort _length;
    private ushort _checksum;

    /// <summary>Source port.</summary>
    public ushort Source
    {
        readonly get => NetworkOrder.Swap(_source);
        set => _source = NetworkOrder.Swap(value);
    }

    /// <summary>Destination port.</summary>
    public ushort Destination
    {
        readonly get => NetworkOrder.Swap(_destination);
        set => _destination = NetworkOrder.Swap(value);
    }

    /// <summary>Bytes of header and data.</summary>
    public ushort Length
    {
        readonly get => NetworkOrder.Swap(_length);
        set => _length = NetworkOrder.Swap(value);
    }

    /// <summary>Checksum; 0 for none.</summary>
    public ushort Checksum
    {
        readonly get => NetworkOrder.Swap(_checksum);
        set => _checksum = NetworkOrder.Swap(value);
    }
}
