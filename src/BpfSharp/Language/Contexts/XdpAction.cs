namespace BpfSharp.Language;

/// <summary>What an XDP program decides (<c>enum xdp_action</c>).</summary>
public enum XdpAction : uint
{
    /// <summary>Drop, and report an error to the trace point <c>xdp:xdp_exception</c>.</summary>
    Aborted = 0,
    /// <summary>Drop.</summary>
    Drop = 1,
    /// <summary>Hand it to the network stack.</summary>
    Pass = 2,
    /// <summary>Send it back out of the interface it came in by.</summary>
    Tx = 3,
    /// <summary>Redirect it as a redirect helper said.</summary>
    Redirect = 4,
}
