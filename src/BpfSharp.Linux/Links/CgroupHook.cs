using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>What the processes of a cgroup and its descendants do, at the hook the program was loaded for.</summary>
/// <remarks>Packets, sockets, addresses, socket options, sysctl, devices, socket operations and lsm_cgroup alike.</remarks>
/// <param name="Path">The cgroup's directory in a cgroup2 file system.</param>
/// <param name="Order">Where among the programs of the cgroup (Linux 6.16).</param>
/// <param name="Hook">The hook, when the program's own is not meant.</param>
[SupportedOSPlatform("linux")]
public sealed record CgroupHook(string Path, LinkOrder? Order = null, AttachType? Hook = null) : KernelAttachPoint
{
    internal override KernelLink AttachProgram(KernelProgram program)
    {
        using BpfHandle cgroup = CgroupDirectory.Open(Path, program.Name);
        LinkCreateAttr attr = new()
        {
            ProgFd = (uint)program.FileDescriptor,
            TargetFd = (uint)cgroup.Fd,
            AttachType = (uint)CgroupDirectory.HookOf(program, Hook),
        };
        LinkOrder.Apply(Order, ref attr, 0);
        return BpfLink.TryCreate(ref attr, this, out int errno) ?? throw Refused(program, "BPF_LINK_CREATE", errno, errno switch
        {
            Errno.Eperm => "a program attached without ALLOW_MULTI in this cgroup or an ancestor excludes others",
            Errno.Einval when Order is not null => "order among the programs of a cgroup needs Linux 6.16",
            _ => null,
        });
    }
}
