using System.Runtime.Versioning;
using System.Text;
using BpfSharp.Diagnostics;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>A tracepoint of the kernel with its raw arguments.</summary>
/// <param name="Name">Its name, for example <c>sys_enter</c> or <c>sched_switch</c>.</param>
/// <param name="Cookie">A number the program reads with <c>bpf_get_attach_cookie</c> (Linux 6.10); 0 for none.</param>
[SupportedOSPlatform("linux")]
public sealed record RawTracepoint(string Name, ulong Cookie = 0) : KernelAttachPoint
{
    internal override unsafe KernelLink AttachProgram(KernelProgram program)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(Name + '\0'))
        {
            RawTracepointAttr attr = new() { Name = (ulong)name, ProgFd = (uint)program.FileDescriptor, Cookie = Cookie };
            BpfHandle? handle = BpfSyscall.TryOpen(BpfCommand.RawTracepointOpen, ref attr, out int errno);
            return handle is not null ? BpfLink.Of(handle, this) : throw Refused(program, "BPF_RAW_TRACEPOINT_OPEN", errno, errno switch
            {
                Errno.Enoent => "this kernel has no tracepoint of the name (the group, as in sched/sched_switch, does not belong to it)",
                Errno.E2Big or Errno.Einval when Cookie != 0 => "cookies of raw tracepoints need Linux 6.10",
                _ => null,
            });
        }
    }
}
