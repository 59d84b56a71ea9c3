using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>Where in the receive path an XDP program runs (the kernel's <c>XDP_FLAGS_*_MODE</c>).</summary>
public enum XdpMode
{
    /// <summary>In the driver where it can, else generic.</summary>
    Automatic = 0,
    /// <summary>On the socket buffer: every device, slower.</summary>
    Generic = 2,
    /// <summary>In the driver.</summary>
    Native = 4,
    /// <summary>On the network card.</summary>
    Offload = 8,
}

/// <summary>The packets a network interface receives, before the network stack. One program per interface and mode.</summary>
/// <param name="Interface">Its name in this network namespace.</param>
/// <param name="Mode">Where it runs.</param>
[SupportedOSPlatform("linux")]
public sealed record Xdp(string Interface, XdpMode Mode = XdpMode.Automatic) : KernelAttachPoint
{
    internal override KernelLink AttachProgram(KernelProgram program)
    {
        LinkCreateAttr attr = new()
        {
            ProgFd = (uint)program.FileDescriptor,
            TargetFd = NetworkInterfaces.Index(Interface, program.Name),
            AttachType = (uint)AttachType.Xdp,
            Flags = (uint)Mode,
        };
        return BpfLink.TryCreate(ref attr, this, out int errno) ?? throw Refused(program, "BPF_LINK_CREATE", errno, errno switch
        {
            Errno.Ebusy => "the interface has an XDP program: update or detach that link",
            Errno.Eexist => "the interface has a program in another mode: generic and native exclude each other",
            Errno.Eopnotsupp => "the driver has no XDP of its own: use XdpMode.Generic",
            _ => null,
        });
    }
}
