namespace BpfSharp.Language;

/// <summary>What memory a pointer points to, which decides how it may be read.</summary>
public enum BpfPointerSpace : byte
{
    /// <summary>No pointer.</summary>
    None,
    /// <summary>Packet data.</summary>
    Packet,
    /// <summary>End of the packet: compared with, never read.</summary>
    PacketEnd,
    /// <summary>Metadata in front of the packet.</summary>
    PacketMeta,
    /// <summary>Kernel memory, typed by BTF where the program type allows, else read by probe.</summary>
    Kernel,
    /// <summary>User memory: read by probe alone.</summary>
    User,
    /// <summary>Memory of known size handed out by a helper or hook.</summary>
    Memory,
}
