using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>Where in the path of IP packets a netfilter program runs (the kernel's <c>enum nf_inet_hooks</c>).</summary>
public enum NetfilterHook
{
    /// <summary>Received, before routing.</summary>
    PreRouting = 0,
    /// <summary>For this host.</summary>
    LocalIn = 1,
    /// <summary>Through this host.</summary>
    Forward = 2,
    /// <summary>From this host.</summary>
    LocalOut = 3,
    /// <summary>About to leave.</summary>
    PostRouting = 4,
}

/// <summary>IP packets of this network namespace at a netfilter hook (Linux 6.4).</summary>
/// <param name="Hook">Where in their path.</param>
/// <param name="Priority">Order among the hook's functions, lower first; neither the lowest nor the highest int.</param>
/// <param name="IsIPv6">IPv6 instead of IPv4.</param>
/// <param name="Defragment">Whether fragments are put together before (needs a priority above -400; Linux 6.6).</param>
[SupportedOSPlatform("linux")]
public sealed record Netfilter(NetfilterHook Hook, int Priority = 0, bool IsIPv6 = false, bool Defragment = false) : KernelAttachPoint
{
    private const uint FamilyIPv4 = 2;
    private const uint FamilyIPv6 = 10;

    internal override KernelLink AttachProgram(KernelProgram program)
    {
        LinkCreateAttr attr = new()
        {
            ProgFd = (uint)program.FileDescriptor,
            AttachType = (uint)AttachType.Netfilter,
            NetfilterFamily = IsIPv6 ? FamilyIPv6 : FamilyIPv4,
            NetfilterHook = (uint)Hook,
            NetfilterPriority = Priority,
            NetfilterFlags = Defragment ? 1u : 0,
        };
        return BpfLink.TryCreate(ref attr, this, out int errno) ?? throw Refused(program, "BPF_LINK_CREATE", errno, errno switch
        {
            Errno.Einval => "netfilter links need Linux 6.4 with CONFIG_NETFILTER_BPF_LINK",
            Errno.Ebusy => "a BPF program has this priority at this hook: take another",
            _ => null,
        });
    }
}
