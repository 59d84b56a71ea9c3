using BpfSharp.Hosting;

namespace BpfSharp.Linux;

/// <summary>How the kernel host loads.</summary>
public sealed class KernelLoadOptions : LoadOptions
{
    /// <summary>The kernel verifier's log level: 0 asks for a log only when a program is refused; 1 path, 2 states, 4 statistics.</summary>
    public uint LogLevel { get; init; }

    /// <summary>Where maps that ask for it are pinned by name.</summary>
    public string PinDirectory { get; init; } = "/sys/fs/bpf";
}
