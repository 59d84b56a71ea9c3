// Written by eng/hooks/tables.py from what Linux 6.18 answered to eng/hooks/probe.c. Do not edit.
using static BpfSharp.Hooks.ContextValue;

namespace BpfSharp.Hooks;

public static partial class ContextTable
{
    // A run is every access of its width from the first to the last offset, a width apart: (width, first, last, what is read).
    private static readonly ContextAccess s_sockCommon = new(ProgramType.Unspecified, [],
        [
            new(4, 0, 4, Scalar), new(1, 4, 4, Scalar), new(2, 4, 4, Scalar), new(1, 24, 44, Scalar),
            new(2, 24, 44, Scalar), new(4, 24, 76, Scalar), new(1, 48, 49, Scalar), new(2, 48, 48, Scalar),
            new(1, 52, 72, Scalar), new(2, 52, 72, Scalar), new(1, 76, 76, Scalar), new(2, 76, 76, Scalar),
        ],
        []);

    private static readonly ContextAccess s_socket = new(ProgramType.Unspecified, [],
        [
            new(4, 0, 76, Scalar), new(1, 4, 4, Scalar), new(2, 4, 4, Scalar), new(1, 8, 8, Scalar),
            new(2, 8, 8, Scalar), new(1, 12, 12, Scalar), new(2, 12, 12, Scalar), new(1, 24, 44, Scalar),
            new(2, 24, 44, Scalar), new(1, 48, 49, Scalar), new(2, 48, 48, Scalar), new(1, 52, 72, Scalar),
            new(2, 52, 72, Scalar), new(1, 76, 76, Scalar), new(2, 76, 76, Scalar),
        ],
        []);

    private static readonly ContextAccess s_tcpSocket = new(ProgramType.Unspecified, [],
        [
            new(4, 0, 76, Scalar), new(8, 80, 88, Scalar), new(4, 96, 108, Scalar),
        ],
        []);

    private static readonly ContextAccess s_flowKeys = new(ProgramType.Unspecified, [],
        [
            new(1, 0, 55, Scalar), new(2, 0, 54, Scalar), new(4, 0, 52, Scalar), new(8, 0, 48, Scalar),
        ],
        [
            new(1, 0, 55), new(2, 0, 54), new(4, 0, 52), new(8, 0, 48),
        ]);

    // Program type, attach types (empty: all others), what may be read, what may be written.
    private static readonly ContextAccess[] s_accesses =
    [
        new(ProgramType.SocketFilter, [],
            [
                new(1, 0, 71, Scalar), new(2, 0, 70, Scalar), new(4, 0, 68, Scalar), new(8, 48, 56, Scalar),
                new(1, 84, 87, Scalar), new(2, 84, 86, Scalar), new(4, 84, 84, Scalar), new(1, 164, 167, Scalar),
                new(2, 164, 166, Scalar), new(4, 164, 164, Scalar), new(8, 168, 168, SockCommonOrNull),
                new(1, 176, 179, Scalar), new(2, 176, 178, Scalar), new(4, 176, 176, Scalar),
            ],
            [
                new(1, 48, 67), new(2, 48, 66), new(4, 48, 64), new(8, 48, 56),
            ]),
        new(ProgramType.Kprobe, [],
            [
                new(1, 0, 167, Scalar), new(2, 0, 166, Scalar), new(4, 0, 164, Scalar), new(8, 0, 160, Scalar),
            ],
            []),
        new(ProgramType.SchedCls, [],
            [
                new(1, 0, 75, Scalar), new(2, 0, 74, Scalar), new(4, 0, 72, Scalar), new(8, 48, 56, Scalar),
                new(4, 76, 76, PacketStart), new(4, 80, 80, PacketEnd), new(1, 84, 87, Scalar),
                new(2, 84, 86, Scalar), new(4, 84, 84, Scalar), new(4, 140, 140, PacketMeta),
                new(8, 152, 152, Scalar), new(1, 160, 167, Scalar), new(2, 160, 166, Scalar),
                new(4, 160, 164, Scalar), new(8, 168, 168, SockCommonOrNull), new(1, 176, 180, Scalar),
                new(2, 176, 178, Scalar), new(4, 176, 176, Scalar), new(8, 184, 184, Scalar),
            ],
            [
                new(4, 8, 12), new(4, 32, 32), new(4, 44, 64), new(1, 48, 67), new(2, 48, 66), new(8, 48, 56),
                new(4, 72, 72), new(8, 152, 152),
            ]),
        new(ProgramType.SchedAct, [],
            [
                new(1, 0, 75, Scalar), new(2, 0, 74, Scalar), new(4, 0, 72, Scalar), new(8, 48, 56, Scalar),
                new(4, 76, 76, PacketStart), new(4, 80, 80, PacketEnd), new(1, 84, 87, Scalar),
                new(2, 84, 86, Scalar), new(4, 84, 84, Scalar), new(4, 140, 140, PacketMeta),
                new(8, 152, 152, Scalar), new(1, 160, 167, Scalar), new(2, 160, 166, Scalar),
                new(4, 160, 164, Scalar), new(8, 168, 168, SockCommonOrNull), new(1, 176, 180, Scalar),
                new(2, 176, 178, Scalar), new(4, 176, 176, Scalar), new(8, 184, 184, Scalar),
            ],
            [
                new(4, 8, 12), new(4, 32, 32), new(4, 44, 64), new(1, 48, 67), new(2, 48, 66), new(8, 48, 56),
                new(4, 72, 72), new(8, 152, 152),
            ]),
        new(ProgramType.Tracepoint, [],
            [
                new(1, 8, 8191, Scalar), new(2, 8, 8190, Scalar), new(4, 8, 8188, Scalar), new(8, 8, 8184, Scalar),
            ],
            []),
        new(ProgramType.Xdp, [],
            [
                new(4, 0, 0, PacketStart), new(4, 4, 4, PacketEnd), new(4, 8, 8, PacketMeta),
                new(4, 12, 16, Scalar),
            ],
            []),
        new(ProgramType.Xdp, [AttachType.XdpDevmap],
            [
                new(4, 0, 0, PacketStart), new(4, 4, 4, PacketEnd), new(4, 8, 8, PacketMeta),
                new(4, 12, 20, Scalar),
            ],
            []),
        new(ProgramType.PerfEvent, [],
            [
                new(8, 0, 176, Scalar), new(1, 168, 183, Scalar), new(2, 168, 182, Scalar),
                new(4, 168, 180, Scalar),
            ],
            []),
        new(ProgramType.CgroupSkb, [],
            [
                new(1, 0, 71, Scalar), new(2, 0, 70, Scalar), new(4, 0, 68, Scalar), new(8, 48, 56, Scalar),
                new(4, 76, 76, PacketStart), new(4, 80, 80, PacketEnd), new(1, 84, 91, Scalar),
                new(2, 84, 90, Scalar), new(4, 84, 136, Scalar), new(1, 132, 139, Scalar),
                new(2, 132, 138, Scalar), new(8, 152, 152, Scalar), new(1, 164, 167, Scalar),
                new(2, 164, 166, Scalar), new(4, 164, 164, Scalar), new(8, 168, 168, SockCommonOrNull),
                new(1, 176, 179, Scalar), new(2, 176, 178, Scalar), new(4, 176, 176, Scalar),
                new(8, 184, 184, Scalar),
            ],
            [
                new(4, 8, 8), new(4, 32, 32), new(1, 48, 67), new(2, 48, 66), new(4, 48, 64), new(8, 48, 56),
                new(8, 152, 152),
            ]),
        new(ProgramType.CgroupSock, [AttachType.CgroupInetSockCreate, AttachType.CgroupInetSockRelease],
            [
                new(4, 0, 20, Scalar), new(1, 4, 4, Scalar), new(2, 4, 4, Scalar), new(1, 8, 8, Scalar),
                new(2, 8, 8, Scalar), new(1, 12, 12, Scalar), new(2, 12, 12, Scalar), new(1, 48, 49, Scalar),
                new(2, 48, 48, Scalar), new(4, 48, 76, Scalar), new(1, 52, 72, Scalar), new(2, 52, 72, Scalar),
                new(1, 76, 76, Scalar), new(2, 76, 76, Scalar),
            ],
            [
                new(4, 0, 0), new(4, 16, 20),
            ]),
        new(ProgramType.CgroupSock, [AttachType.CgroupInet4PostBind],
            [
                new(1, 4, 4, Scalar), new(2, 4, 4, Scalar), new(4, 4, 12, Scalar), new(1, 8, 8, Scalar),
                new(2, 8, 8, Scalar), new(1, 12, 12, Scalar), new(2, 12, 12, Scalar), new(1, 24, 27, Scalar),
                new(2, 24, 26, Scalar), new(4, 24, 24, Scalar), new(1, 44, 44, Scalar), new(2, 44, 44, Scalar),
                new(4, 44, 76, Scalar), new(1, 48, 49, Scalar), new(2, 48, 48, Scalar), new(1, 52, 72, Scalar),
                new(2, 52, 72, Scalar), new(1, 76, 76, Scalar), new(2, 76, 76, Scalar),
            ],
            []),
        new(ProgramType.CgroupSock, [AttachType.CgroupInet6PostBind],
            [
                new(1, 4, 4, Scalar), new(2, 4, 4, Scalar), new(4, 4, 12, Scalar), new(1, 8, 8, Scalar),
                new(2, 8, 8, Scalar), new(1, 12, 12, Scalar), new(2, 12, 12, Scalar), new(1, 28, 44, Scalar),
                new(2, 28, 44, Scalar), new(4, 28, 76, Scalar), new(1, 48, 49, Scalar), new(2, 48, 48, Scalar),
                new(1, 52, 72, Scalar), new(2, 52, 72, Scalar), new(1, 76, 76, Scalar), new(2, 76, 76, Scalar),
            ],
            []),
        new(ProgramType.LwtIn, [],
            [
                new(1, 0, 71, Scalar), new(2, 0, 70, Scalar), new(4, 0, 68, Scalar), new(8, 48, 56, Scalar),
                new(4, 76, 76, PacketStart), new(4, 80, 80, PacketEnd), new(1, 84, 87, Scalar),
                new(2, 84, 86, Scalar), new(4, 84, 84, Scalar), new(1, 164, 167, Scalar), new(2, 164, 166, Scalar),
                new(4, 164, 164, Scalar), new(8, 168, 168, SockCommonOrNull), new(1, 176, 179, Scalar),
                new(2, 176, 178, Scalar), new(4, 176, 176, Scalar),
            ],
            [
                new(4, 8, 8), new(4, 32, 32), new(1, 48, 67), new(2, 48, 66), new(4, 48, 64), new(8, 48, 56),
            ]),
        new(ProgramType.LwtOut, [],
            [
                new(1, 0, 71, Scalar), new(2, 0, 70, Scalar), new(4, 0, 68, Scalar), new(8, 48, 56, Scalar),
                new(4, 76, 76, PacketStart), new(4, 80, 80, PacketEnd), new(1, 84, 87, Scalar),
                new(2, 84, 86, Scalar), new(4, 84, 84, Scalar), new(1, 164, 167, Scalar), new(2, 164, 166, Scalar),
                new(4, 164, 164, Scalar), new(8, 168, 168, SockCommonOrNull), new(1, 176, 179, Scalar),
                new(2, 176, 178, Scalar), new(4, 176, 176, Scalar),
            ],
            [
                new(4, 8, 8), new(4, 32, 32), new(1, 48, 67), new(2, 48, 66), new(4, 48, 64), new(8, 48, 56),
            ]),
        new(ProgramType.LwtXmit, [],
            [
                new(1, 0, 71, Scalar), new(2, 0, 70, Scalar), new(4, 0, 68, Scalar), new(8, 48, 56, Scalar),
                new(4, 76, 76, PacketStart), new(4, 80, 80, PacketEnd), new(1, 84, 87, Scalar),
                new(2, 84, 86, Scalar), new(4, 84, 84, Scalar), new(1, 164, 167, Scalar), new(2, 164, 166, Scalar),
                new(4, 164, 164, Scalar), new(8, 168, 168, SockCommonOrNull), new(1, 176, 179, Scalar),
                new(2, 176, 178, Scalar), new(4, 176, 176, Scalar),
            ],
            [
                new(4, 8, 8), new(4, 32, 32), new(1, 48, 67), new(2, 48, 66), new(4, 48, 64), new(8, 48, 56),
            ]),
        new(ProgramType.SockOps, [],
            [
                new(4, 0, 164, Scalar), new(8, 168, 176, Scalar), new(8, 184, 184, SocketOrNull),
                new(8, 192, 192, PacketStart), new(8, 200, 200, PacketEnd), new(4, 208, 212, Scalar),
                new(1, 212, 212, Scalar), new(2, 212, 212, Scalar), new(8, 216, 216, Scalar),
            ],
            [
                new(4, 4, 4), new(4, 164, 164),
            ]),
        new(ProgramType.SkSkb, [],
            [
                new(1, 0, 7, Scalar), new(2, 0, 6, Scalar), new(4, 0, 4, Scalar), new(1, 12, 71, Scalar),
                new(2, 12, 70, Scalar), new(4, 12, 68, Scalar), new(8, 48, 56, Scalar),
                new(4, 76, 76, PacketStart), new(4, 80, 80, PacketEnd), new(1, 84, 91, Scalar),
                new(2, 84, 90, Scalar), new(4, 84, 136, Scalar), new(1, 132, 139, Scalar),
                new(2, 132, 138, Scalar), new(1, 164, 167, Scalar), new(2, 164, 166, Scalar),
                new(4, 164, 164, Scalar), new(8, 168, 168, SockCommonOrNull), new(1, 176, 179, Scalar),
                new(2, 176, 178, Scalar), new(4, 176, 176, Scalar),
            ],
            [
                new(4, 32, 32), new(4, 44, 44),
            ]),
        new(ProgramType.CgroupDevice, [],
            [
                new(1, 0, 3, Scalar), new(2, 0, 2, Scalar), new(4, 0, 8, Scalar),
            ],
            []),
        new(ProgramType.SkMsg, [],
            [
                new(8, 0, 0, PacketStart), new(8, 8, 8, PacketEnd), new(4, 16, 68, Scalar), new(8, 72, 72, Socket),
            ],
            []),
        new(ProgramType.RawTracepoint, [],
            [
                new(1, 0, 95, Scalar), new(2, 0, 94, Scalar), new(4, 0, 92, Scalar), new(8, 0, 88, Scalar),
            ],
            []),
        new(ProgramType.CgroupSockAddr, [AttachType.CgroupInet4Bind, AttachType.CgroupInet4Connect,
            AttachType.CgroupUdp4RecvMsg, AttachType.CgroupInet4GetPeerName, AttachType.CgroupInet4GetSockName],
            [
                new(4, 0, 4, Scalar), new(1, 4, 7, Scalar), new(2, 4, 6, Scalar), new(1, 24, 27, Scalar),
                new(2, 24, 26, Scalar), new(4, 24, 36, Scalar), new(8, 64, 64, Socket),
            ],
            [
                new(4, 4, 4), new(4, 24, 24),
            ]),
        new(ProgramType.CgroupSockAddr, [AttachType.CgroupInet6Bind, AttachType.CgroupInet6Connect,
            AttachType.CgroupUdp6RecvMsg, AttachType.CgroupInet6GetPeerName, AttachType.CgroupInet6GetSockName],
            [
                new(4, 0, 0, Scalar), new(1, 8, 27, Scalar), new(2, 8, 26, Scalar), new(4, 8, 36, Scalar),
                new(8, 8, 16, Scalar), new(8, 64, 64, Socket),
            ],
            [
                new(4, 8, 24), new(8, 8, 16),
            ]),
        new(ProgramType.CgroupSockAddr, [AttachType.CgroupUdp4SendMsg],
            [
                new(4, 0, 4, Scalar), new(1, 4, 7, Scalar), new(2, 4, 6, Scalar), new(1, 24, 27, Scalar),
                new(2, 24, 26, Scalar), new(4, 24, 40, Scalar), new(1, 40, 43, Scalar), new(2, 40, 42, Scalar),
                new(8, 64, 64, Socket),
            ],
            [
                new(4, 4, 4), new(4, 24, 24), new(4, 40, 40),
            ]),
        new(ProgramType.CgroupSockAddr, [AttachType.CgroupUdp6SendMsg],
            [
                new(4, 0, 0, Scalar), new(1, 8, 27, Scalar), new(2, 8, 26, Scalar), new(4, 8, 36, Scalar),
                new(8, 8, 16, Scalar), new(1, 44, 59, Scalar), new(2, 44, 58, Scalar), new(4, 44, 56, Scalar),
                new(8, 48, 48, Scalar), new(8, 64, 64, Socket),
            ],
            [
                new(4, 8, 24), new(8, 8, 16), new(4, 44, 56), new(8, 48, 48),
            ]),
        new(ProgramType.CgroupSockAddr, [AttachType.CgroupUnixConnect, AttachType.CgroupUnixSendMsg,
            AttachType.CgroupUnixRecvMsg, AttachType.CgroupUnixGetPeerName, AttachType.CgroupUnixGetSockName],
            [
                new(4, 0, 0, Scalar), new(1, 24, 27, Scalar), new(2, 24, 26, Scalar), new(4, 24, 36, Scalar),
                new(8, 64, 64, Socket),
            ],
            [
                new(4, 24, 24),
            ]),
        new(ProgramType.LwtSeg6Local, [],
            [
                new(1, 0, 71, Scalar), new(2, 0, 70, Scalar), new(4, 0, 68, Scalar), new(8, 48, 56, Scalar),
                new(4, 76, 76, PacketStart), new(4, 80, 80, PacketEnd), new(1, 84, 87, Scalar),
                new(2, 84, 86, Scalar), new(4, 84, 84, Scalar), new(1, 164, 167, Scalar), new(2, 164, 166, Scalar),
                new(4, 164, 164, Scalar), new(8, 168, 168, SockCommonOrNull), new(1, 176, 179, Scalar),
                new(2, 176, 178, Scalar), new(4, 176, 176, Scalar),
            ],
            [
                new(4, 8, 8), new(4, 32, 32), new(1, 48, 67), new(2, 48, 66), new(4, 48, 64), new(8, 48, 56),
            ]),
        new(ProgramType.SkReuseport, [],
            [
                new(8, 0, 0, PacketStart), new(8, 8, 8, PacketEnd), new(1, 16, 19, Scalar), new(2, 16, 30, Scalar),
                new(4, 16, 32, Scalar), new(1, 24, 31, Scalar), new(8, 40, 40, Socket),
                new(8, 48, 48, SockCommonOrNull),
            ],
            []),
        new(ProgramType.FlowDissector, [],
            [
                new(4, 76, 76, PacketStart), new(4, 80, 80, PacketEnd), new(8, 144, 144, FlowKeys),
            ],
            []),
        new(ProgramType.CgroupSysctl, [],
            [
                new(1, 0, 7, Scalar), new(2, 0, 6, Scalar), new(4, 0, 4, Scalar),
            ],
            [
                new(4, 4, 4),
            ]),
        new(ProgramType.RawTracepointWritable, [],
            [
                new(8, 0, 0, TracepointBuffer), new(1, 1, 95, Scalar), new(2, 2, 94, Scalar),
                new(4, 4, 92, Scalar), new(8, 8, 88, Scalar),
            ],
            []),
        new(ProgramType.CgroupSockopt, [AttachType.CgroupGetSockopt],
            [
                new(8, 0, 0, Socket), new(8, 8, 8, PacketStart), new(8, 16, 16, PacketEnd), new(4, 24, 36, Scalar),
            ],
            [
                new(4, 32, 36),
            ]),
        new(ProgramType.CgroupSockopt, [AttachType.CgroupSetSockopt],
            [
                new(8, 0, 0, Socket), new(8, 8, 8, PacketStart), new(8, 16, 16, PacketEnd), new(4, 24, 32, Scalar),
            ],
            [
                new(4, 24, 32),
            ]),
        new(ProgramType.SkLookup, [],
            [
                new(8, 0, 0, SocketOrNull), new(1, 8, 67, Scalar), new(2, 8, 66, Scalar), new(4, 8, 64, Scalar),
            ],
            []),
        new(ProgramType.Syscall, [],
            [
                new(1, 0, 65534, Scalar), new(2, 0, 65532, Scalar), new(4, 0, 65528, Scalar),
                new(8, 0, 65520, Scalar),
            ],
            [
                new(1, 0, 65534), new(2, 0, 65532), new(4, 0, 65528), new(8, 0, 65520),
            ]),
        new(ProgramType.Netfilter, [],
            [
                new(8, 0, 0, BtfPointer, "nf_hook_state"), new(8, 8, 8, BtfPointer, "sk_buff"),
            ],
            []),
    ];
}
