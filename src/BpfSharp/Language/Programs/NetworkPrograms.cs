using BpfSharp.Hooks;

namespace BpfSharp.Language;

/// <summary>Filters packets where they enter, before the network stack.</summary>
[BpfProgramKind(ProgramType.Xdp, "xdp", Attach = (int)AttachType.Xdp)]
public sealed class XdpAttribute : BpfProgramAttribute;

/// <summary>Runs when a packet redirected through a device map leaves.</summary>
[BpfProgramKind(ProgramType.Xdp, "xdp/devmap", Attach = (int)AttachType.XdpDevmap)]
public sealed class XdpDevmapAttribute : BpfProgramAttribute;

/// <summary>Runs on the CPU that a CPU map redirected the packet to.</summary>
[BpfProgramKind(ProgramType.Xdp, "xdp/cpumap", Attach = (int)AttachType.XdpCpumap)]
public sealed class XdpCpumapAttribute : BpfProgramAttribute;

/// <summary>Filters the packets that a socket receives; returns how many bytes to keep.</summary>
[BpfProgramKind(ProgramType.SocketFilter, "socket")]
public sealed class SocketFilterAttribute : BpfProgramAttribute;

/// <summary>Classifies incoming packets.</summary>
[BpfProgramKind(ProgramType.SchedCls, "tc/ingress", Attach = (int)AttachType.TcxIngress, DefaultFault = 2)]
public sealed class TcIngressAttribute : BpfProgramAttribute;

/// <summary>Classifies outgoing packets.</summary>
[BpfProgramKind(ProgramType.SchedCls, "tc/egress", Attach = (int)AttachType.TcxEgress, DefaultFault = 2)]
public sealed class TcEgressAttribute : BpfProgramAttribute;

/// <summary>Classifies incoming packets; attached by a link (since Linux 6.6).</summary>
[BpfProgramKind(ProgramType.SchedCls, "tcx/ingress", Attach = (int)AttachType.TcxIngress, DefaultFault = 2)]
public sealed class TcxIngressAttribute : BpfProgramAttribute;

/// <summary>Classifies outgoing packets; attached by a link (since Linux 6.6).</summary>
[BpfProgramKind(ProgramType.SchedCls, "tcx/egress", Attach = (int)AttachType.TcxEgress, DefaultFault = 2)]
public sealed class TcxEgressAttribute : BpfProgramAttribute;

/// <summary>Runs on the primary side of a netkit pair (since Linux 6.7).</summary>
[BpfProgramKind(ProgramType.SchedCls, "netkit/primary", Attach = (int)AttachType.NetkitPrimary, DefaultFault = 2)]
public sealed class NetkitPrimaryAttribute : BpfProgramAttribute;

/// <summary>Runs on the peer side of a netkit pair (since Linux 6.7).</summary>
[BpfProgramKind(ProgramType.SchedCls, "netkit/peer", Attach = (int)AttachType.NetkitPeer, DefaultFault = 2)]
public sealed class NetkitPeerAttribute : BpfProgramAttribute;

/// <summary>A traffic control action.</summary>
[BpfProgramKind(ProgramType.SchedAct, "action", DefaultFault = 2)]
public sealed class TcActionAttribute : BpfProgramAttribute;

/// <summary>Runs on packets that a route delivers to this host.</summary>
[BpfProgramKind(ProgramType.LwtIn, "lwt_in")]
public sealed class LwtInAttribute : BpfProgramAttribute;

/// <summary>Runs on packets that a route sends out.</summary>
[BpfProgramKind(ProgramType.LwtOut, "lwt_out")]
public sealed class LwtOutAttribute : BpfProgramAttribute;

/// <summary>Runs right before a routed packet is transmitted.</summary>
[BpfProgramKind(ProgramType.LwtXmit, "lwt_xmit")]
public sealed class LwtXmitAttribute : BpfProgramAttribute;

/// <summary>An SRv6 local action.</summary>
[BpfProgramKind(ProgramType.LwtSeg6Local, "lwt_seg6local")]
public sealed class LwtSeg6LocalAttribute : BpfProgramAttribute;

/// <summary>Replaces the kernel's flow dissector in a network namespace.</summary>
[BpfProgramKind(ProgramType.FlowDissector, "flow_dissector", Attach = (int)AttachType.FlowDissector)]
public sealed class FlowDissectorAttribute : BpfProgramAttribute;

/// <summary>Runs at a netfilter hook (since Linux 6.4).</summary>
[BpfProgramKind(ProgramType.Netfilter, "netfilter", Attach = (int)AttachType.Netfilter)]
public sealed class NetfilterAttribute : BpfProgramAttribute;
