namespace BpfSharp.Language;

/// <summary>What an Ethernet frame holds (IEEE 802 numbers).</summary>
public enum EtherType : ushort
{
    /// <summary>Not said.</summary>
    None = 0,
    /// <summary>Internet protocol, version 4.</summary>
    IPv4 = 0x0800,
    /// <summary>Address resolution.</summary>
    Arp = 0x0806,
    /// <summary>A VLAN tag follows (802.1Q).</summary>
    Vlan = 0x8100,
    /// <summary>Internet protocol, version 6.</summary>
    IPv6 = 0x86DD,
    /// <summary>A service VLAN tag follows (802.1ad).</summary>
    ServiceVlan = 0x88A8,
    /// <summary>MPLS, unicast.</summary>
    Mpls = 0x8847,
}
