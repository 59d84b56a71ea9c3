using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>A whole network namespace: socket lookup and flow dissector programs.</summary>
/// <param name="Path">Its file, for example <c>/run/netns/blue</c>; by default this thread's own.</param>
[SupportedOSPlatform("linux")]
public sealed record NetworkNamespace(string Path = "/proc/thread-self/ns/net") : KernelAttachPoint
{
    internal override KernelLink AttachProgram(KernelProgram program)
    {
        int fd = Libc.Open(Path, 0);
        if (fd < 0)
        {
            throw Refused(program, "open", -fd, "name a network namespace's file");
        }

        using BpfHandle space = BpfHandle.Of(fd);
        LinkCreateAttr attr = new()
        {
            ProgFd = (uint)program.FileDescriptor,
            TargetFd = (uint)space.Fd,
            AttachType = (uint)(program.Spec.Type == ProgramType.FlowDissector ? AttachType.FlowDissector : AttachType.SkLookup),
        };
        return BpfLink.TryCreate(ref attr, this, out int errno) ?? throw Refused(program, "BPF_LINK_CREATE", errno, errno switch
        {
            Errno.Eexist => "the namespace has a flow dissector, or the initial namespace has one for all",
            _ => null,
        });
    }
}
