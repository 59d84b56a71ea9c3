using System.Runtime.InteropServices;

namespace BpfSharp.Language;

/// <summary>IPv4 header without options: 20 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IPv4Header
{
    private byte _versionAndLength;
    private byte _typeOfService;
    private ushort _totalLength;
    private ushort _identification;
    private ushort _fragment;
    private byte _timeToLive;
    private byte _protocol;
    private ushort _checksum;
    private uint _source;
    private uint _destination;

    /// <summary>Type of service: DSCP and ECN.</summary>
    public byte TypeOfService
    {
        readonly get => _typeOfService;
        set => _typeOfService = value;
    }

    /// <summary>Bytes of header and data.</summary>
    public ushort TotalLength
    {
        readonly get => NetworkOrder.Swap(_totalLength);
        set => _totalLength = NetworkOrder.Swap(value);
    }

    /// <summary>Identification of the datagram.</summary>
    public ushort Identification
    {
        readonly get => NetworkOrder.Swap(_identification);
        set => _identification = NetworkOrder.Swap(value);
    }

    /// <summary>Flags (3 bits) and fragment offset (13 bits, units of 8 bytes).</summary>
    public ushort Fragment
    {
        readonly get => NetworkOrder.Swap(_fragment);
        set => _fragment = NetworkOrder.Swap(value);
    }

    /// <summary>Hops left.</summary>
    public byte TimeToLive
    {
        readonly get => _timeToLive;
        set => _timeToLive = value;
    }

    /// <summary>What follows.</summary>
    public IPProtocol Protocol
    {
        readonly get => (IPProtocol)_protocol;
        set => _protocol = (byte)value;
    }

    /// <summary>Header checksum.</summary>
    public ushort Checksum
    {
        readonly get => NetworkOrder.Swap(_checksum);
        set => _checksum = NetworkOrder.Swap(value);
    }

    /// <summary>Source address as a number: 10.0.0.1 is 0x0A000001.</summary>
    public uint Source
    {
        readonly get => NetworkOrder.Swap(_source);
        set => _source = NetworkOrder.Swap(value);
    }

    /// <summary>Destination address as a number.</summary>
    public uint Destination
    {
        readonly get => NetworkOrder.Swap(_destination);
        set => _destination = NetworkOrder.Swap(value);
    }

    /// <summary>Version and header length as they stand: 0x45 without options.</summary>
    public byte VersionAndLength
    {
        readonly get => _versionAndLength;
        set => _versionAndLength = value;
    }

    /// <summary>Version: 4.</summary>
    public readonly byte Version => (byte)(_versionAndLength >> 4);

    /// <summary>Bytes of the header, options included: 20 to 60 in a valid one.</summary>
    public readonly uint HeaderBytes => (_versionAndLength & 15u) * 4;

    /// <summary>Bytes of options behind these 20; 0 if the header claims to be shorter.</summary>
    public readonly uint OptionBytes => HeaderBytes > 20 ? HeaderBytes - 20 : 0;

    /// <summary>Whether it is a fragment other than the first: no transport header follows.</summary>
    public readonly bool IsLaterFragment => (Fragment & 0x1FFF) != 0;
}
