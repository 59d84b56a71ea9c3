using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>A BPF link: an attachment that is a descriptor. The last descriptor or pin that goes detaches it.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class BpfLink : KernelLink
{
    private readonly BpfHandle _handle;
    private readonly BpfHandle? _kept;

    private BpfLink(BpfHandle handle, AttachPoint point, BpfHandle? kept) : base(point)
    {
        _handle = handle;
        _kept = kept;
    }

    /// <summary>Takes over a link, and what must live as long (a perf event).</summary>
    internal static BpfLink Of(BpfHandle handle, AttachPoint point, BpfHandle? kept = null) => new(handle, point, kept);

    /// <summary>BPF_LINK_CREATE.</summary>
    internal static BpfLink? TryCreate(ref LinkCreateAttr attr, AttachPoint point, out int errno, BpfHandle? kept = null)
    {
        BpfHandle? handle = BpfSyscall.TryOpen(BpfCommand.LinkCreate, ref attr, out errno);
        return handle is null ? null : new BpfLink(handle, point, kept);
    }

    internal int Fd => _handle.Fd;

    public override bool IsBpfLink => true;

    public override LinkInfo? Info => LinkInfo.Read(_handle);

    public override void Update(KernelProgram program)
    {
        LinkUpdateAttr attr = new() { LinkFd = (uint)_handle.Fd, NewProgFd = (uint)program.FileDescriptor };
        int result = BpfSyscall.Call(BpfCommand.LinkUpdate, ref attr);
        if (result < 0)
        {
            throw KernelException.Refused("BPF5022", $"{Point}", "BPF_LINK_UPDATE", -result, $"new program '{program.Name}'",
                -result == Errno.Einval ? "links of this kind cannot be updated, or the program is of another type: detach and attach anew" : null);
        }
    }

    public override void Pin(string path) => Pinning.Pin(_handle, $"{Point}", path);

    public override void Detach()
    {
        TwoWordsAttr attr = new() { First = (uint)_handle.Fd };
        int result = BpfSyscall.Call(BpfCommand.LinkDetach, ref attr);
        if (result is < 0 and not (-Errno.Eopnotsupp or -Errno.Enotsupp or -Errno.Einval))
        {
            throw KernelException.Refused("BPF5022", $"{Point}", "BPF_LINK_DETACH", -result);
        }

        // Kinds without the command (and kernels before 5.9) detach with the last descriptor.
        Dispose();
    }

    protected override void Dispose(bool disposing)
    {
        Disown();
        _handle.Dispose();
        _kept?.Dispose();
    }
}
