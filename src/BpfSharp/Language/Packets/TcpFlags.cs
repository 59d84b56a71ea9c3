namespace BpfSharp.Language;

/// <summary>Flags of a TCP header.</summary>
[Flags]
#pragma warning disable CA1711 // they are flags, and so everybody calls them
public enum TcpFlags : ushort
#pragma warning restore CA1711
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>No more data from the sender.</summary>
    Fin = 1,
    /// <summary>Synchronise sequence numbers.</summary>
    Syn = 2,
    /// <summary>Reset the connection.</summary>
    Rst = 4,
    /// <summary>Push.</summary>
    Psh = 8,
    /// <summary>The acknowledgment number counts.</summary>
    Ack = 16,
    /// <summary>The urgent pointer counts.</summary>
    Urg = 32,
    /// <summary>Congestion was echoed.</summary>
    Ece = 64,
    /// <summary>The congestion window was reduced.</summary>
    Cwr = 128,
}
