using System.Runtime.InteropServices;

namespace BpfSharp.Language;

/// <summary>TCP header without options: 20 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct TcpHeader
{
    private ushort _source;
    private ushort _destination;
    private uint _sequence;
    private uint _acknowledgment;
    private ushort _offsetAndFlags;
    private ushort _window;
    private ushort _checksum;
    private ushort _urgent;

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

    /// <summary>Sequence number.</summary>
    public uint Sequence
    {
        readonly get => NetworkOrder.Swap(_sequence);
        set => _sequence = NetworkOrder.Swap(value);
    }

    /// <summary>Acknowledgment number.</summary>
    public uint Acknowledgment
    {
        readonly get => NetworkOrder.Swap(_acknowledgment);
        set => _acknowledgment = NetworkOrder.Swap(value);
    }

    /// <summary>Window.</summary>
    public ushort Window
    {
        readonly get => NetworkOrder.Swap(_window);
        set => _window = NetworkOrder.Swap(value);
    }

    /// <summary>Checksum.</summary>
    public ushort Checksum
    {
        readonly get => NetworkOrder.Swap(_checksum);
        set => _checksum = NetworkOrder.Swap(value);
    }

    /// <summary>Urgent pointer.</summary>
    public ushort Urgent
    {
        readonly get => NetworkOrder.Swap(_urgent);
        set => _urgent = NetworkOrder.Swap(value);
    }

    /// <summary>Bytes of the header, options included: 20 to 60 in a valid one.</summary>
    public readonly uint HeaderBytes => (uint)(NetworkOrder.Swap(_offsetAndFlags) >> 12) * 4;

    /// <summary>The flags.</summary>
    public TcpFlags Flags
    {
        readonly get => (TcpFlags)(NetworkOrder.Swap(_offsetAndFlags) & 0xFFF);
        set => _offsetAndFlags = NetworkOrder.Swap((ushort)((NetworkOrder.Swap(_offsetAndFlags) & 0xF000) | (ushort)value));
    }
}
