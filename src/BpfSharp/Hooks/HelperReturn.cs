namespace BpfSharp.Hooks;

/// <summary>What a helper leaves in r0, as a verifier sees it.</summary>
public enum HelperReturn : byte
{
    /// <summary>A number of which nothing is known but what the helper's own rules add.</summary>
    Integer,
    /// <summary>Nothing: r0 is unreadable afterwards.</summary>
    Nothing,
    /// <summary>Pointer to the value of the map argument, never null.</summary>
    MapValue,
    /// <summary>Pointer to the value of the map argument, or null. (For a map of maps: to the inner map; for a map of sockets: to a socket.)</summary>
    MapValueOrNull,
    /// <summary>Pointer to a full socket (<c>bpf_sock</c>), or null.</summary>
    SocketOrNull,
    /// <summary>Pointer to TCP fields (<c>bpf_tcp_sock</c>), or null.</summary>
    TcpSocketOrNull,
    /// <summary>Pointer to the common part of a socket, or null.</summary>
    SockCommonOrNull,
    /// <summary>Pointer to a ring buffer record of the size asked for, or null.</summary>
    RingRecordOrNull,
    /// <summary>Pointer to a slice of a dynptr of the size asked for, or null.</summary>
    DynptrSliceOrNull,
    /// <summary>Pointer to a read-only per-CPU variable: a structure or memory of its type's size.</summary>
    PerCpuVariable,
    /// <summary>As <see cref="PerCpuVariable"/>, or null.</summary>
    PerCpuVariableOrNull,
    /// <summary>Typed pointer to a kernel structure; loads through it may be probed, never faulting.</summary>
    BtfPointer,
    /// <summary>As <see cref="BtfPointer"/>, or null.</summary>
    BtfPointerOrNull,
    /// <summary>Typed pointer to a kernel structure that is certainly valid.</summary>
    TrustedBtfPointer,
}
