using System.Diagnostics.CodeAnalysis;

namespace BpfSharp.Maps;

/// <summary>A key of a longest-prefix-match map.</summary>
/// <typeparam name="TAddress">The address, in network byte order: its first byte in memory holds the first bits.</typeparam>
/// <param name="Address">The address.</param>
/// <param name="PrefixLength">How many of its bits count.</param>
public readonly record struct Prefix<TAddress>(TAddress Address, int PrefixLength) where TAddress : unmanaged;

/// <summary>A live longest-prefix-match map, on any host.</summary>
/// <typeparam name="TAddress">The address, in network byte order.</typeparam>
/// <typeparam name="TValue">The value, laid out as the program's.</typeparam>
[SuppressMessage("Naming", "CA1710", Justification = "a view of a map, not a collection of this process")]
public interface IPrefixMap<TAddress, TValue> : IEnumerable<KeyValuePair<Prefix<TAddress>, TValue>>
    where TAddress : unmanaged
    where TValue : unmanaged
{
    /// <summary>The map in bytes.</summary>
    Hosting.LoadedMap Map { get; }

    /// <summary>Sets the value of a prefix.</summary>
    /// <param name="address">The address; bits behind the prefix do not count.</param>
    /// <param name="prefixLength">From 0 to the bits of the address.</param>
    /// <exception cref="ArgumentOutOfRangeException">The prefix is longer than the address.</exception>
    /// <exception cref="Diagnostics.BpfException">Writing was refused (BPF4003): the map is full, frozen or read-only.</exception>
    TValue this[TAddress address, int prefixLength] { set; }

    /// <summary>The value of the longest prefix that an address begins with.</summary>
    /// <param name="address">The address.</param>
    /// <param name="value">The value; zero if none matches.</param>
    /// <returns>Whether one matches.</returns>
    bool TryMatch(TAddress address, out TValue value);

    /// <summary>Deletes exactly one prefix.</summary>
    /// <param name="address">The address.</param>
    /// <param name="prefixLength">The prefix's length.</param>
    /// <returns>Whether it was there.</returns>
    bool Remove(TAddress address, int prefixLength);
}
