using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Maps;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>The sockets of a sockmap or sockhash: sk_msg and sk_skb programs.</summary>
/// <param name="Map">The map.</param>
/// <param name="AsLink">By a BPF link (Linux 6.10) instead of BPF_PROG_ATTACH.</param>
[SupportedOSPlatform("linux")]
public sealed record SocketMap(KernelMap Map, bool AsLink = false) : KernelAttachPoint
{
    internal override KernelLink AttachProgram(KernelProgram program)
    {
        AttachType hook = program.Spec.AttachType
            ?? (program.Spec.Type == ProgramType.SkMsg ? AttachType.SkMsgVerdict : AttachType.SkSkbVerdict);
        if (AsLink)
        {
            LinkCreateAttr attr = new()
            {
                ProgFd = (uint)program.FileDescriptor,
                TargetFd = (uint)Map.FileDescriptor,
                AttachType = (uint)hook,
            };
            return BpfLink.TryCreate(ref attr, this, out int linkErrno) ?? throw Refused(program, "BPF_LINK_CREATE", linkErrno,
                linkErrno == Errno.Einval ? "links on sockmaps need Linux 6.10" : null);
        }

        ProgAttachAttr attach = new()
        {
            TargetFd = (uint)Map.FileDescriptor,
            AttachBpfFd = (uint)program.FileDescriptor,
            AttachType = (uint)hook,
        };
        int result = BpfSyscall.Call(BpfCommand.ProgAttach, ref attach);
        if (result < 0)
        {
            throw Refused(program, "BPF_PROG_ATTACH", -result);
        }

        BpfHandle map = Map.Handle.Duplicate();
        BpfHandle held = program.Handle.Duplicate();
        return new HeldLink(this, () =>
        {
            ProgAttachAttr detach = new() { TargetFd = (uint)map.Fd, AttachBpfFd = (uint)held.Fd, AttachType = (uint)hook };
            _ = BpfSyscall.Call(BpfCommand.ProgDetach, ref detach);
            map.Dispose();
            held.Dispose();
        });
    }
}
