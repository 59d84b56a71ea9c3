namespace BpfSharp.Language;

/// <summary>A context with a packet.</summary>
public interface IPacketContext : IBpfContext
{
    /// <summary>The packet, read from its first byte on.</summary>
    Packet Packet { get; }
}
