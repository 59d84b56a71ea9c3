using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>The packets of a netkit device pair, driven from its primary device (Linux 6.7).</summary>
/// <param name="Interface">The primary device's name in this network namespace.</param>
/// <param name="OfPeer">Whether it is the peer's packets.</param>
/// <param name="Order">Where among the programs there.</param>
[SupportedOSPlatform("linux")]
public sealed record Netkit(string Interface, bool OfPeer = false, LinkOrder? Order = null) : KernelAttachPoint
{
    internal override KernelLink AttachProgram(KernelProgram program)
    {
        LinkCreateAttr attr = new()
        {
            ProgFd = (uint)program.FileDescriptor,
            TargetFd = NetworkInterfaces.Index(Interface, program.Name),
            AttachType = (uint)(OfPeer ? AttachType.NetkitPeer : AttachType.NetkitPrimary),
        };
        LinkOrder.Apply(Order, ref attr, 0);
        return BpfLink.TryCreate(ref attr, this, out int errno) ?? throw Refused(program, "BPF_LINK_CREATE", errno, errno switch
        {
            Errno.Einval or Errno.Eacces => "the device must be the primary one of a netkit pair, and the kernel 6.7 or newer with CONFIG_NETKIT",
            _ => null,
        });
    }
}
