using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>The packets of an interface at its traffic control hook, as an ordered list of links (Linux 6.6).</summary>
/// <param name="Interface">Its name in this network namespace.</param>
/// <param name="Direction">Received or sent packets.</param>
/// <param name="Order">Where among the programs there.</param>
/// <param name="ExpectedRevision">Refuse (ESTALE) if the list has changed since this revision; 0 for any.</param>
[SupportedOSPlatform("linux")]
public sealed record Tcx(string Interface, TrafficDirection Direction, LinkOrder? Order = null, ulong ExpectedRevision = 0)
    : KernelAttachPoint
{
    internal override KernelLink AttachProgram(KernelProgram program)
    {
        LinkCreateAttr attr = new()
        {
            ProgFd = (uint)program.FileDescriptor,
            TargetFd = NetworkInterfaces.Index(Interface, program.Name),
            AttachType = (uint)(Direction == TrafficDirection.Ingress ? AttachType.TcxIngress : AttachType.TcxEgress),
        };
        LinkOrder.Apply(Order, ref attr, ExpectedRevision);
        return BpfLink.TryCreate(ref attr, this, out int errno) ?? throw Refused(program, "BPF_LINK_CREATE", errno, errno switch
        {
            Errno.Einval => "tcx needs Linux 6.6: use TcClassifier on older kernels",
            Errno.Estale => "the list of programs has changed meanwhile: query it again",
            _ => null,
        });
    }
}
