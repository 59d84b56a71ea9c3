namespace BpfSharp.Language;

/// <summary>What an IP packet holds (IANA protocol numbers).</summary>
public enum IPProtocol : byte
{
    /// <summary>IPv6 hop-by-hop options.</summary>
    HopByHop = 0,
    /// <summary>ICMP.</summary>
    Icmp = 1,
    /// <summary>IPv4 in IP.</summary>
    IPv4 = 4,
    /// <summary>TCP.</summary>
    Tcp = 6,
    /// <summary>UDP.</summary>
    Udp = 17,
    /// <summary>IPv6 in IP.</summary>
    IPv6 = 41,
    /// <summary>IPv6 routing header.</summary>
    Routing = 43,
    /// <summary>IPv6 fragment header.</summary>
    Fragment = 44,
    /// <summary>Generic routing encapsulation.</summary>
    Gre = 47,
    /// <summary>ICMP for IPv6.</summary>
    IcmpV6 = 58,
    /// <summary>No next header.</summary>
    None = 59,
    /// <summary>IPv6 destination options.</summary>
    DestinationOptions = 60,
    /// <summary>SCTP.</summary>
    Sctp = 132,
}
