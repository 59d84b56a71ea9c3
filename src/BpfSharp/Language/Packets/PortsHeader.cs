using System.Runtime.InteropServices;

namespace BpfSharp.Language;

/// <summary>The two ports that TCP, UDP and SCTP headers begin with: 4 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PortsHeader
{
    private ushort _source;
    private ushort _destination;

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
}
