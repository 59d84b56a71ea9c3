using BpfSharp.Hosting;

namespace BpfSharp.Runtime.Hooks;

/// <summary>What packet helpers decide beside the packet's bytes.</summary>
internal sealed class PacketState
{
    /// <summary>Where the last redirect sends the packet; <see langword="null"/> if nowhere.</summary>
    public Redirection? Redirection { get; set; }

    /// <summary>Copies that <c>clone_redirect</c> sent.</summary>
    public List<Redirection> Clones { get; } = [];

    /// <summary>The copies sent, for a result; costs nothing when there are none.</summary>
    public IReadOnlyList<Redirection> TakeClones() => Clones.Count == 0 ? [] : [.. Clones];

    /// <summary>The tunnel key the program set for sending the packet (<c>struct bpf_tunnel_key</c>); empty for none.</summary>
    public byte[] TunnelKey { get; set; } = [];

    /// <summary>The tunnel options set with it.</summary>
    public byte[] TunnelOptions { get; set; } = [];

    /// <summary>Starts anew.</summary>
    public void Reset()
    {
        Redirection = null;
        Clones.Clear();
        TunnelKey = [];
        TunnelOptions = [];
    }
}
