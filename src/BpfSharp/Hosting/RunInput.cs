namespace BpfSharp.Hosting;

/// <summary>What a program is run on.</summary>
public sealed record RunInput
{
    /// <summary>The packet, from the link layer on; empty for programs without one.</summary>
    public ReadOnlyMemory<byte> Packet { get; init; }

    /// <summary>
    /// The context as the program's type declares it (<c>struct xdp_md</c>, <c>struct __sk_buff</c>, …); empty for the default.
    /// For types without packet this is the memory r1 points to.
    /// </summary>
    public ReadOnlyMemory<byte> Context { get; init; }

    /// <summary>How often; the result is the last run's. At least 1.</summary>
    public int Repeat { get; init; } = 1;

    /// <summary>CPU to run on, where the host can choose; -1 for any.</summary>
    public int Cpu { get; init; } = -1;
}
