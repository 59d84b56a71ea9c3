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
}
