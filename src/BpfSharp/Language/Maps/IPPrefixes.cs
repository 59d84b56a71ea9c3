using System.Runtime.InteropServices;

namespace BpfSharp.Language;

/// <summary>An IPv4 prefix: key of an <see cref="LpmTrie{TKey, TValue}"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct IPv4Prefix
{
    private readonly uint _length;
    private readonly uint _address;

    /// <summary>A prefix; for a lookup, an address with length 32.</summary>
    /// <param name="address">The address as a number: 10.0.0.0 is 0x0A000000.</param>
    /// <param name="length">Bits of it that count, 0 to 32.</param>
    public IPv4Prefix(uint address, uint length = 32)
    {
        _length = length;
        _address = NetworkOrder.Swap(address);
    }

    /// <summary>Bits that count.</summary>
    public uint Length => _length;

    /// <summary>The address as a number.</summary>
    public uint Address => NetworkOrder.Swap(_address);
}

/// <summary>An IPv6 prefix: key of an <see cref="LpmTrie{TKey, TValue}"/>.</summary>
/// <param name="Length">Bits that count, 0 to 128.</param>
/// <param name="Address">The address.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct IPv6Prefix(uint Length, IPv6Address Address);
