using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>The kernel function, tracepoint or security hook the program was loaded for: tp_btf, fentry, fexit, fmod_ret, LSM, freplace.</summary>
/// <param name="Cookie">A number the program reads with <c>bpf_get_attach_cookie</c> (Linux 6.0); 0 for none.</param>
[SupportedOSPlatform("linux")]
public sealed record LoadTarget(ulong Cookie = 0) : KernelAttachPoint
{
    internal override KernelLink AttachProgram(KernelProgram program)
    {
        if (Cookie != 0)
        {
            LinkCreateAttr attr = new()
            {
                ProgFd = (uint)program.FileDescriptor,
                AttachType = (uint)(program.Spec.AttachType ?? AttachType.TraceRawTp),
                TracingCookie = Cookie,
            };
            return BpfLink.TryCreate(ref attr, this, out int linkErrno)
                ?? throw Refused(program, "BPF_LINK_CREATE", linkErrno, "cookies of tracing programs need Linux 6.0");
        }

        // Understood since 5.5, where the newer command is 6.0.
        RawTracepointAttr open = new() { ProgFd = (uint)program.FileDescriptor };
        BpfHandle? handle = BpfSyscall.TryOpen(BpfCommand.RawTracepointOpen, ref open, out int errno);
        return handle is not null ? BpfLink.Of(handle, this) : throw Refused(program, "BPF_RAW_TRACEPOINT_OPEN", errno, errno switch
        {
            Errno.Ebusy => "the function can take no more programs, or is patched by something else",
            Errno.Enotsupp => "this architecture has no trampolines, or the function cannot be traced",
            _ => null,
        });
    }
}
