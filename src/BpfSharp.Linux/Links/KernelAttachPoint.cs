using System.Runtime.Versioning;
using BpfSharp.Hosting;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>A hook of the Linux kernel. Each kind is a record beside the code that attaches to it.</summary>
[SupportedOSPlatform("linux")]
public abstract partial record KernelAttachPoint : AttachPoint
{
    private protected KernelAttachPoint() { }

    /// <summary>Attaches a program; the caller checks nothing before.</summary>
    /// <exception cref="KernelException">The hook does not exist, does not suit the program, or the kernel refused.</exception>
    internal abstract KernelLink AttachProgram(KernelProgram program);

    /// <summary>The refusal of an attachment: which program, where, why, and what to do.</summary>
    private protected KernelException Refused(KernelProgram program, string command, int errno, string? suggestion = null) =>
        KernelException.Refused("BPF5020", $"program '{program.Name}'", command, errno, $"attach to {this}", suggestion);

    private protected KernelException Absent(KernelProgram program, string message, string? suggestion = null) =>
        KernelException.Missing("BPF5021", $"program '{program.Name}'", $"attach to {this}: {message}", suggestion);
}
