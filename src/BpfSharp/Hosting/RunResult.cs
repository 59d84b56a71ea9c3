using BpfSharp.Diagnostics;

namespace BpfSharp.Hosting;

/// <summary>What a run left.</summary>
public sealed record RunResult
{
    /// <summary>The program's return value (32 bits as hooks see it; 64 in process).</summary>
    public ulong ReturnValue { get; init; }

    /// <summary>The packet afterwards; empty for programs without one.</summary>
    public ReadOnlyMemory<byte> Packet { get; init; }

    /// <summary>The context afterwards, where the host returns it.</summary>
    public ReadOnlyMemory<byte> Context { get; init; }

    /// <summary>Mean time of one run.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Why the run was stopped, in process and in checked mode; <see langword="null"/> if it ended by itself.</summary>
    public Finding? Fault { get; init; }

    /// <summary>Where the program redirected the packet, in process; <see langword="null"/> if nowhere.</summary>
    public Redirection? Redirection { get; init; }

    /// <summary>Copies of the packet the program sent (<c>clone_redirect</c>), in process.</summary>
    public IReadOnlyList<Redirection> Clones { get; init; } = [];

    /// <summary>Lines the program printed (<c>bpf_printk</c>), in process.</summary>
    public IReadOnlyList<string> Printed { get; init; } = [];
}
