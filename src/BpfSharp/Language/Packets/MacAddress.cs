using System.Globalization;
using System.Runtime.InteropServices;

namespace BpfSharp.Language;

/// <summary>A link-layer address of six bytes, as it stands in a frame.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct MacAddress : IEquatable<MacAddress>
{
    private readonly ushort _first;
    private readonly ushort _second;
    private readonly ushort _third;

    /// <summary>An address from its number, for example <c>0x02_00_00_00_00_01</c>.</summary>
    /// <param name="value">The address; bits above 47 are ignored.</param>
    public MacAddress(ulong value)
    {
        _first = NetworkOrder.Swap((ushort)(value >> 32));
        _second = NetworkOrder.Swap((ushort)(value >> 16));
        _third = NetworkOrder.Swap((ushort)value);
    }

    /// <summary>The address as a number.</summary>
    public ulong Value =>
        ((ulong)NetworkOrder.Swap(_first) << 32) | ((ulong)NetworkOrder.Swap(_second) << 16) | NetworkOrder.Swap(_third);

    /// <summary>Whether it is a group address (multicast or broadcast).</summary>
    public bool IsGroup => (NetworkOrder.Swap(_first) & 0x100) != 0;

    /// <summary>Whether two addresses are the same.</summary>
    public static bool operator ==(MacAddress left, MacAddress right) => left.Equals(right);

    /// <summary>Whether two addresses differ.</summary>
    public static bool operator !=(MacAddress left, MacAddress right) => !left.Equals(right);

    /// <summary>Whether it is the same address.</summary>
    public bool Equals(MacAddress other) =>
        _first == other._first && _second == other._second && _third == other._third;

    /// <summary>Whether it is the same address; plain C# only.</summary>
    public override bool Equals(object? obj) => obj is MacAddress other && Equals(other);

    /// <summary>A hash; plain C# only.</summary>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>For example <c>02:00:00:00:00:01</c>; plain C# only.</summary>
    public override string ToString()
    {
        string digits = Value.ToString("x12", CultureInfo.InvariantCulture);
        return string.Join(':', Enumerable.Range(0, 6).Select(i => digits.Substring(2 * i, 2)));
    }
}
