namespace BpfSharp.Verifier.Walk;

/// <summary>What a dynptr is over.</summary>
internal enum DynptrKind
{
    None,
    /// <summary>Memory of the program.</summary>
    Local,
    /// <summary>A ring buffer record.</summary>
    Ring,
    /// <summary>A socket buffer.</summary>
    SocketBuffer,
    /// <summary>An XDP packet.</summary>
    Xdp,
    /// <summary>Metadata of a socket buffer.</summary>
    SocketBufferMeta,
    /// <summary>A file.</summary>
    File,
}
