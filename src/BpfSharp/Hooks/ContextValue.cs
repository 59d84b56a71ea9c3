namespace BpfSharp.Hooks;

/// <summary>What a load from a context gives, as a verifier sees it.</summary>
public enum ContextValue : byte
{
    /// <summary>A number.</summary>
    Scalar,
    /// <summary>Start of the packet (or of a value's bytes): needs a bounds check against <see cref="PacketEnd"/>.</summary>
    PacketStart,
    /// <summary>End of the packet.</summary>
    PacketEnd,
    /// <summary>Start of the packet's metadata; its end is <see cref="PacketStart"/>.</summary>
    PacketMeta,
    /// <summary>A full socket (<c>bpf_sock</c>).</summary>
    Socket,
    /// <summary>A full socket, or null.</summary>
    SocketOrNull,
    /// <summary>The common part of a socket, or null.</summary>
    SockCommonOrNull,
    /// <summary>The flow keys (<c>bpf_flow_keys</c>), readable and writable.</summary>
    FlowKeys,
    /// <summary>A buffer of a writable raw tracepoint; its size is known at attaching.</summary>
    TracepointBuffer,
    /// <summary>A typed, valid kernel pointer.</summary>
    BtfPointer,
}
