namespace BpfSharp.Verifier.State;

/// <summary>What a register holds.</summary>
internal enum RegisterKind : byte
{
    /// <summary>Nothing the program put there.</summary>
    NotInit,
    /// <summary>A number.</summary>
    Scalar,
    /// <summary>The program's context.</summary>
    Context,
    /// <summary>A map itself.</summary>
    MapPointer,
    /// <summary>A map's value.</summary>
    MapValue,
    /// <summary>A map's key, as callbacks get it.</summary>
    MapKey,
    /// <summary>The stack of a frame.</summary>
    Stack,
    /// <summary>The packet's metadata.</summary>
    PacketMeta,
    /// <summary>The packet.</summary>
    Packet,
    /// <summary>The packet's end.</summary>
    PacketEnd,
    /// <summary>Keys of the flow dissector.</summary>
    FlowKeys,
    /// <summary>A full socket.</summary>
    Socket,
    /// <summary>The common part of a socket.</summary>
    SockCommon,
    /// <summary>TCP fields of a socket.</summary>
    TcpSocket,
    /// <summary>An AF_XDP socket.</summary>
    XdpSocket,
    /// <summary>A writable tracepoint's buffer.</summary>
    TracepointBuffer,
    /// <summary>A buffer of an iterator or sockopt hook.</summary>
    Buffer,
    /// <summary>A typed kernel pointer or an owned object.</summary>
    BtfPointer,
    /// <summary>Memory of known size.</summary>
    Memory,
    /// <summary>Arena memory.</summary>
    Arena,
    /// <summary>A function of the program.</summary>
    Function,
    /// <summary>A dynptr handed over by a callback.</summary>
    Dynptr,
    /// <summary>A per-CPU kernel variable.</summary>
    PerCpuVariable,
    /// <summary>An instruction array's entry.</summary>
    InstructionPointer,
}
