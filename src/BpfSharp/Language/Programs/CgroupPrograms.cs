using BpfSharp.Hooks;

namespace BpfSharp.Language;

/// <summary>Judges packets that arrive for a cgroup's sockets.</summary>
[BpfProgramKind(ProgramType.CgroupSkb, "cgroup_skb/ingress", Attach = (int)AttachType.CgroupInetIngress)]
public sealed class CgroupSkbIngressAttribute : BpfProgramAttribute;

/// <summary>Judges packets that a cgroup's sockets send.</summary>
[BpfProgramKind(ProgramType.CgroupSkb, "cgroup_skb/egress", Attach = (int)AttachType.CgroupInetEgress)]
public sealed class CgroupSkbEgressAttribute : BpfProgramAttribute;

/// <summary>Judges sockets made in a cgroup.</summary>
[BpfProgramKind(ProgramType.CgroupSock, "cgroup/sock_create", Attach = (int)AttachType.CgroupInetSockCreate)]
public sealed class CgroupSockCreateAttribute : BpfProgramAttribute;

/// <summary>Runs when a cgroup's socket is released.</summary>
[BpfProgramKind(ProgramType.CgroupSock, "cgroup/sock_release", Attach = (int)AttachType.CgroupInetSockRelease)]
public sealed class CgroupSockReleaseAttribute : BpfProgramAttribute;

/// <summary>Runs after an IPv4 socket is bound in a cgroup.</summary>
[BpfProgramKind(ProgramType.CgroupSock, "cgroup/post_bind4", Attach = (int)AttachType.CgroupInet4PostBind)]
public sealed class CgroupPostBind4Attribute : BpfProgramAttribute;

/// <summary>Runs after an IPv6 socket is bound in a cgroup.</summary>
[BpfProgramKind(ProgramType.CgroupSock, "cgroup/post_bind6", Attach = (int)AttachType.CgroupInet6PostBind)]
public sealed class CgroupPostBind6Attribute : BpfProgramAttribute;

/// <summary>Judges a cgroup's access to devices.</summary>
[BpfProgramKind(ProgramType.CgroupDevice, "cgroup/dev", Attach = (int)AttachType.CgroupDevice)]
public sealed class CgroupDeviceAttribute : BpfProgramAttribute;

/// <summary>Judges a cgroup's access to sysctl values.</summary>
[BpfProgramKind(ProgramType.CgroupSysctl, "cgroup/sysctl", Attach = (int)AttachType.CgroupSysctl)]
public sealed class CgroupSysctlAttribute : BpfProgramAttribute;

/// <summary>Sees and changes what getsockopt returns in a cgroup.</summary>
[BpfProgramKind(ProgramType.CgroupSockopt, "cgroup/getsockopt", Attach = (int)AttachType.CgroupGetSockopt)]
public sealed class CgroupGetSocketOptionAttribute : BpfProgramAttribute;

/// <summary>Sees and changes what setsockopt sets in a cgroup.</summary>
[BpfProgramKind(ProgramType.CgroupSockopt, "cgroup/setsockopt", Attach = (int)AttachType.CgroupSetSockopt)]
public sealed class CgroupSetSocketOptionAttribute : BpfProgramAttribute;

/// <summary>Sees and changes the IPv4 address of bind in a cgroup.</summary>
[BpfProgramKind(ProgramType.CgroupSockAddr, "cgroup/bind4", Attach = (int)AttachType.CgroupInet4Bind)]
public sealed class CgroupBind4Attribute : BpfProgramAttribute;

/// <summary>Sees and changes the IPv4 address of connect in a cgroup.</summary>
[BpfProgramKind(ProgramType.CgroupSockAddr, "cgroup/connect4", Attach = (int)AttachType.CgroupInet4Connect)]
public sealed class CgroupConnect4Attribute : BpfProgramAttribute;

/// <summary>Sees and changes the IPv4 address of an unconnected UDP send in a cgroup.</summary>
[BpfProgramKind(ProgramType.CgroupSockAddr, "cgroup/sendmsg4", Attach = (int)AttachType.CgroupUdp4SendMsg)]
public sealed class CgroupSendMessage4Attribute : BpfProgramAttribute;

/// <summary>Sees and changes the IPv4 address of an unconnected UDP receive in a cgroup.</summary>
[BpfProgramKind(ProgramType.CgroupSockAddr, "cgroup/recvmsg4", Attach = (int)AttachType.CgroupUdp4RecvMsg)]
public sealed class CgroupReceiveMessage4Attribute : BpfProgramAttribute;

/// <summary>Sees and changes the IPv4 address of getpeername in a cgroup.</summary>
[BpfProgramKind(ProgramType.CgroupSockAddr, "cgroup/getpeername4", Attach = (int)AttachType.CgroupInet4GetPeerName)]
public sealed class CgroupGetPeerName4Attribute : BpfProgramAttribute;

/// <summary>Sees and changes the IPv4 address of getsockname in a cgroup.</summary>
[BpfProgramKind(ProgramType.CgroupSockAddr, "cgroup/getsockname4", Attach = (int)AttachType.CgroupInet4GetSockName)]
public sealed class CgroupGetSocketName4Attribute : BpfProgramAttribute;

/// <summary>Sees and changes the IPv6 address of bind in a cgroup.</summary>
[BpfProgramKind(ProgramType.CgroupSockAddr, "cgroup/bind6", Attach = (int)AttachType.CgroupInet6Bind)]
public sealed class CgroupBind6Attribute : BpfProgramAttribute;

/// <summary>Sees and changes the IPv6 address of connect in a cgroup.</summary>
[BpfProgramKind(ProgramType.CgroupSockAddr, "cgroup/connect6", Attach = (int)AttachType.CgroupInet6Connect)]
public sealed class CgroupConnect6Attribute : BpfProgramAttribute;

/// <summary>Sees and changes the IPv6 address of an unconnected UDP send in a cgroup.</summary>
[BpfProgramKind(ProgramType.CgroupSockAddr, "cgroup/sendmsg6", Attach = (int)AttachType.CgroupUdp6SendMsg)]
public sealed class CgroupSendMessage6Attribute : BpfProgramAttribute;

/// <summary>Sees and changes the IPv6 address of an unconnected UDP receive in a cgroup.</summary>
[BpfProgramKind(ProgramType.CgroupSockAddr, "cgroup/recvmsg6", Attach = (int)AttachType.CgroupUdp6RecvMsg)]
public sealed class CgroupReceiveMessage6Attribute : BpfProgramAttribute;

/// <summary>Sees and changes the IPv6 address of getpeername in a cgroup.</summary>
[BpfProgramKind(ProgramType.CgroupSockAddr, "cgroup/getpeername6", Attach = (int)AttachType.CgroupInet6GetPeerName)]
public sealed class CgroupGetPeerName6Attribute : BpfProgramAttribute;

/// <summary>Sees and changes the IPv6 address of getsockname in a cgroup.</summary>
[BpfProgramKind(ProgramType.CgroupSockAddr, "cgroup/getsockname6", Attach = (int)AttachType.CgroupInet6GetSockName)]
public sealed class CgroupGetSocketName6Attribute : BpfProgramAttribute;

/// <summary>Sees and changes the Unix socket address of connect in a cgroup (since Linux 6.7).</summary>
[BpfProgramKind(ProgramType.CgroupSockAddr, "cgroup/connect_unix", Attach = (int)AttachType.CgroupUnixConnect)]
public sealed class CgroupConnectUnixAttribute : BpfProgramAttribute;

/// <summary>Sees and changes the Unix socket address of a send in a cgroup (since Linux 6.7).</summary>
[BpfProgramKind(ProgramType.CgroupSockAddr, "cgroup/sendmsg_unix", Attach = (int)AttachType.CgroupUnixSendMsg)]
public sealed class CgroupSendMessageUnixAttribute : BpfProgramAttribute;

/// <summary>Sees and changes the Unix socket address of a receive in a cgroup (since Linux 6.7).</summary>
[BpfProgramKind(ProgramType.CgroupSockAddr, "cgroup/recvmsg_unix", Attach = (int)AttachType.CgroupUnixRecvMsg)]
public sealed class CgroupReceiveMessageUnixAttribute : BpfProgramAttribute;

/// <summary>Sees and changes the Unix socket address of getpeername in a cgroup (since Linux 6.7).</summary>
[BpfProgramKind(ProgramType.CgroupSockAddr, "cgroup/getpeername_unix",
    Attach = (int)AttachType.CgroupUnixGetPeerName)]
public sealed class CgroupGetPeerNameUnixAttribute : BpfProgramAttribute;

/// <summary>Sees and changes the Unix socket address of getsockname in a cgroup (since Linux 6.7).</summary>
[BpfProgramKind(ProgramType.CgroupSockAddr, "cgroup/getsockname_unix",
    Attach = (int)AttachType.CgroupUnixGetSockName)]
public sealed class CgroupGetSocketNameUnixAttribute : BpfProgramAttribute;
