namespace BpfSharp.Packets;

/// <summary>What a captured packet begins with (the registry of the tcpdump group; others are kept as numbers).</summary>
public enum LinkType
{
    /// <summary>BSD loopback: a 4-byte address family in the capturing machine's byte order.</summary>
    Null = 0,
    /// <summary>Ethernet.</summary>
    Ethernet = 1,
    /// <summary>An IPv4 or IPv6 header at once.</summary>
    Raw = 101,
    /// <summary>BSD loopback with the family in network byte order.</summary>
    Loop = 108,
    /// <summary>Linux "cooked" capture, version 1: a 16-byte header.</summary>
    LinuxCooked = 113,
    /// <summary>IPv4 at once.</summary>
    IPv4 = 228,
    /// <summary>IPv6 at once.</summary>
    IPv6 = 229,
    /// <summary>Linux "cooked" capture, version 2: a 20-byte header.</summary>
    LinuxCooked2 = 276,
}
