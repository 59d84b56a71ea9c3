using System.Runtime.Versioning;
using BpfSharp.Hosting;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>An attachment in the kernel. Disposing detaches, unless it was pinned.</summary>
[SupportedOSPlatform("linux")]
public abstract class KernelLink : Link
{
    private KernelProgram? _program;

    private protected KernelLink(AttachPoint point) => Point = point;

    /// <inheritdoc/>
    public override AttachPoint Point { get; }

    /// <summary>The BPF link with an id. Disposing closes it; it stays attached while its maker or a pin holds it.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="KernelException">There is none, or it may not be opened.</exception>
    public static KernelLink OpenById(uint id) => OpenedLink.Take(BpfSyscall.OpenById(BpfCommand.LinkGetFdById, id, out int errno)
        ?? throw KernelException.Refused("BPF5025", $"link {id}", "BPF_LINK_GET_FD_BY_ID", errno));

    /// <summary>The BPF link pinned at a path. Disposing closes it; it stays attached while its maker or a pin holds it.</summary>
    /// <param name="path">A file of a bpf file system.</param>
    /// <exception cref="KernelException">There is none, or it may not be opened.</exception>
    public static KernelLink OpenPinned(string path) => OpenedLink.Take(Pinning.Open("link", path));

    /// <summary>The kernel's description of a BPF link; <see langword="null"/> for attachments of older kinds, which have none.</summary>
    public virtual LinkInfo? Info => null;

    /// <summary>Whether it is a BPF link with a descriptor: only those can be pinned and survive their maker.</summary>
    public virtual bool IsBpfLink => false;

    /// <summary>Replaces the program in one step: no event sees both or neither.</summary>
    /// <param name="program">The new one, of the same type.</param>
    /// <exception cref="KernelException">The kind cannot be updated, or the kernel refused.</exception>
    public virtual void Update(KernelProgram program) => throw NotPossible("its program cannot be replaced", "detach it and attach the new program");

    /// <summary>Keeps the attachment alive under a path of a bpf file system, also after this process.</summary>
    /// <param name="path">Where; its directory must exist in a bpf file system.</param>
    /// <exception cref="KernelException">The kind cannot be pinned, or the kernel refused.</exception>
    public virtual void Pin(string path) => throw NotPossible("it is no BPF link and cannot be pinned", "attach through a link (newer kernels), or keep the process");

    /// <summary>Detaches now. The program stays loaded.</summary>
    public virtual void Detach() => Dispose();

    /// <summary>Ties the link to its program, which takes it along when disposed.</summary>
    internal void Own(KernelProgram program) => _program = program;

    private protected void Disown()
    {
        _program?.Forget(this);
        _program = null;
    }

    private KernelException NotPossible(string message, string suggestion) =>
        KernelException.Missing("BPF4110", $"{Point}", message, suggestion);
}
