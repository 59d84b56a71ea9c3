using System.Runtime.Versioning;
using BpfSharp.Hosting;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux;

/// <summary>How the kernel host loads.</summary>
[SupportedOSPlatform("linux")]
public sealed class KernelLoadOptions : LoadOptions
{
    /// <summary>The kernel verifier's log level: 0 asks for a log only when a program is refused; 1 path, 2 states, 4 statistics.</summary>
    public uint LogLevel { get; init; }

    /// <summary>Where maps that ask for it are pinned by name; a map that is there already is used, if it is of the same shape.</summary>
    public string PinDirectory { get; init; } = "/sys/fs/bpf";

    /// <summary>Programs that tracing and freplace programs attach to, by the name of the attaching program.</summary>
    public IDictionary<string, KernelProgram> AttachPrograms { get; } = new Dictionary<string, KernelProgram>();

    /// <summary>Network interface that device-bound programs (<c>XdpDeviceBoundOnly</c>) are for.</summary>
    public string? Device { get; init; }
}
