using System.Runtime.InteropServices;

namespace BpfSharp.Language;

/// <summary>An IPv6 address of sixteen bytes, as it stands in a packet.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public readonly struct IPv6Address : IEquatable<IPv6Address>
{
    private readonly uint _a;
    private readonly uint _b;
    private readonly uint _c;
    private readonly uint _d;

    /// <summary>An address from its two halves as numbers.</summary>
    /// <param name="high">The first eight bytes.</param>
    /// <param name="low">The last eight bytes.</param>
    public IPv6Address(ulong high, ulong low)
    {
        _a = NetworkOrder.Swap((uint)(high >> 32));
        _b = NetworkOrder.Swap((uint)high);
        _c = NetworkOrder.Swap((uint)(low >> 32));
        _d = NetworkOrder.Swap((uint)low);
    }

    /// <summary>The first eight bytes as a number.</summary>
    public ulong High => ((ulong)NetworkOrder.Swap(_a) << 32) | NetworkOrder.Swap(_b);

    /// <summary>The last eight bytes as a number.</summary>
    public ulong Low => ((ulong)NetworkOrder.Swap(_c) << 32) | NetworkOrder.Swap(_d);

    /// <summary>Whether two addresses are the same.</summary>
    public static bool operator ==(IPv6Address left, IPv6Address right) => left.Equals(right);

    /// <summary>Whether two addresses differ.</summary>
    public static bool operator !=(IPv6Address left, IPv6Address right) => !left.Equals(right);

    /// <summary>Whether it is the same address.</summary>
    public bool Equals(IPv6Address other) => _a == other._a && _b == other._b && _c == other._c && _d == other._d;

    /// <summary>Whether it is the same address; plain C# only.</summary>
    public override bool Equals(object? obj) => obj is IPv6Address other && Equals(other);

    /// <summary>A hash; plain C# only.</summary>
    public override int GetHashCode() => HashCode.Combine(_a, _b, _c, _d);
}
