using System.Runtime.Versioning;
using BpfSharp.Hooks;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>How an attachment of the older kind shares a cgroup with others.</summary>
[Flags]
public enum CgroupSharing
{
    /// <summary>Alone, and nothing in descendants.</summary>
    Exclusive = 0,
    /// <summary>Descendants may put another in its place.</summary>
    Override = 1,
    /// <summary>All programs of the cgroup and its ancestors run.</summary>
    Multiple = 2,
}

/// <summary>As <see cref="CgroupHook"/>, by the older BPF_PROG_ATTACH: it stays when the process ends, until detached.</summary>
/// <param name="Path">The cgroup's directory in a cgroup2 file system.</param>
/// <param name="Sharing">With whom.</param>
/// <param name="Replace">A program attached there whose place it takes (with <see cref="CgroupSharing.Multiple"/>).</param>
/// <param name="Hook">The hook, when the program's own is not meant.</param>
[SupportedOSPlatform("linux")]
public sealed record CgroupProgram(
    string Path, CgroupSharing Sharing = CgroupSharing.Multiple, KernelProgram? Replace = null, AttachType? Hook = null)
    : KernelAttachPoint
{
    private const uint FlagReplace = 1u << 2;

    internal override KernelLink AttachProgram(KernelProgram program)
    {
        BpfHandle cgroup = CgroupDirectory.Open(Path, program.Name);
        AttachType hook = CgroupDirectory.HookOf(program, Hook);
        ProgAttachAttr attr = new()
        {
            TargetFd = (uint)cgroup.Fd,
            AttachBpfFd = (uint)program.FileDescriptor,
            AttachType = (uint)hook,
            AttachFlags = (uint)Sharing | (Replace is null ? 0 : FlagReplace),
            ReplaceBpfFd = Replace is null ? 0 : (uint)Replace.FileDescriptor,
        };
        int result = BpfSyscall.Call(BpfCommand.ProgAttach, ref attr);
        if (result < 0)
        {
            cgroup.Dispose();
            throw Refused(program, "BPF_PROG_ATTACH", -result);
        }

        BpfHandle held = program.Handle.Duplicate();
        return new HeldLink(this, () =>
        {
            ProgAttachAttr detach = new() { TargetFd = (uint)cgroup.Fd, AttachBpfFd = (uint)held.Fd, AttachType = (uint)hook };
            _ = BpfSyscall.Call(BpfCommand.ProgDetach, ref detach);
            held.Dispose();
            cgroup.Dispose();
        });
    }
}
