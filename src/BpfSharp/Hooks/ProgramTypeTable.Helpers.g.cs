// Written by eng/hooks/tables.py from what Linux 6.18 answered to eng/hooks/probe.c (6.12 for what that machine's 6.18
// refuses to load: fentry, fexit, fmod_ret, lsm). Do not edit.
namespace BpfSharp.Hooks;

public static partial class ProgramTypeTable
{
    // Helpers every program type may call.
    private static readonly byte[] s_baseHelpers =
    [
        1, 2, 3, 5, 6, 7, 8, 12, 14, 15, 16, 22, 35, 37, 42, 55, 80, 87, 88, 89, 93, 94, 105, 106, 109,
        112, 113, 114, 115, 117, 118, 120, 123, 125, 130, 131, 132, 133, 134, 141, 148, 149, 153, 154, 156,
        157, 158, 164, 165, 169, 170, 171, 172, 175, 176, 177, 180, 181, 182, 191, 194, 195, 197, 198, 199,
        200, 201, 202, 203, 208, 209, 210, 211,
    ];

    // Program type, attach type (null: all others), sleepable (null: both), helpers beyond the base set.
    private static readonly HelperSet[] s_helperSets =
    [
        new(ProgramType.SocketFilter, [], null,
        [
            17, 25, 26, 46, 47, 68, 122, 136, 137, 138, 139, 140, 160, 178, 196,
        ]),
        new(ProgramType.Kprobe, [], null,
        [
            4, 17, 25, 27, 45, 67, 173, 174,
        ]),
        new(ProgramType.SchedCls, [], null,
        [
            9, 10, 11, 13, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 30, 31, 32, 33, 34, 38, 39, 40, 41, 43,
            46, 47, 48, 50, 66, 68, 69, 79, 83, 84, 85, 86, 95, 96, 97, 98, 99, 100, 107, 108, 110, 122, 124,
            135, 136, 137, 138, 139, 140, 151, 152, 155, 160, 163, 178, 192, 196, 204, 205, 206, 207,
        ]),
        new(ProgramType.SchedAct, [], null,
        [
            9, 10, 11, 13, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 30, 31, 32, 33, 34, 38, 39, 40, 41, 43,
            46, 47, 48, 50, 66, 68, 69, 79, 83, 84, 85, 86, 95, 96, 97, 98, 99, 100, 107, 108, 110, 122, 124,
            135, 136, 137, 138, 139, 140, 151, 152, 155, 160, 163, 178, 192, 196, 204, 205, 206, 207,
        ]),
        new(ProgramType.Tracepoint, [], null,
        [
            4, 17, 25, 27, 45, 67, 173, 174,
        ]),
        new(ProgramType.Xdp, [], null,
        [
            17, 23, 25, 28, 44, 51, 54, 65, 69, 84, 85, 86, 99, 100, 110, 136, 137, 138, 139, 140, 160, 163,
            178, 188, 189, 190, 196, 204, 205, 206, 207,
        ]),
        new(ProgramType.PerfEvent, [], null,
        [
            4, 17, 25, 27, 45, 56, 67, 119, 173, 174,
        ]),
        new(ProgramType.CgroupSkb, [], null,
        [
            17, 25, 26, 46, 47, 68, 79, 81, 83, 84, 85, 86, 95, 96, 97, 98, 99, 107, 108, 122, 128, 129, 136,
            137, 138, 139, 140, 160, 178, 196,
        ]),
        new(ProgramType.CgroupSock, [], null,
        [
            17, 25, 46, 81, 107, 122, 160, 186, 187,
        ]),
        new(ProgramType.LwtIn, [], null,
        [
            17, 24, 25, 26, 28, 33, 34, 39, 73, 136, 137, 138, 139, 140, 160, 178, 196,
        ]),
        new(ProgramType.LwtOut, [], null,
        [
            17, 24, 25, 26, 28, 33, 34, 39, 136, 137, 138, 139, 140, 160, 178, 196,
        ]),
        new(ProgramType.LwtXmit, [], null,
        [
            9, 10, 11, 13, 17, 20, 21, 23, 24, 25, 26, 28, 29, 30, 33, 34, 38, 39, 40, 41, 43, 73, 135, 136,
            137, 138, 139, 140, 160, 178, 196,
        ]),
        new(ProgramType.SockOps, [], null,
        [
            17, 25, 46, 49, 53, 57, 59, 70, 81, 96, 107, 108, 122, 136, 137, 138, 139, 140, 142, 143, 144, 160,
            178, 196,
        ]),
        new(ProgramType.SkSkb, [], null,
        [
            9, 17, 25, 26, 38, 39, 43, 46, 47, 50, 52, 72, 84, 85, 86, 99, 136, 137, 138, 139, 140, 160, 178,
            196,
        ]),
        new(ProgramType.CgroupDevice, [], null,
        [
            17, 25, 81, 186, 187,
        ]),
        new(ProgramType.SkMsg, [], null,
        [
            17, 25, 60, 61, 62, 63, 71, 90, 91, 107, 108, 122, 136, 137, 138, 139, 140, 160, 178, 196,
        ]),
        new(ProgramType.RawTracepoint, [], null,
        [
            4, 17, 25, 27, 45, 67, 173, 174,
        ]),
        new(ProgramType.CgroupSockAddr, [AttachType.CgroupInet4Bind, AttachType.CgroupInet6Bind,
            AttachType.CgroupUdp4SendMsg, AttachType.CgroupUdp6SendMsg, AttachType.CgroupUnixConnect,
            AttachType.CgroupUnixSendMsg], null,
        [
            17, 25, 46, 49, 57, 81, 84, 85, 86, 99, 107, 108, 122, 136, 137, 138, 139, 140, 160, 178, 186, 187,
            196,
        ]),
        new(ProgramType.CgroupSockAddr, [AttachType.CgroupInet4Connect, AttachType.CgroupInet6Connect], null,
        [
            17, 25, 46, 49, 57, 64, 81, 84, 85, 86, 99, 107, 108, 122, 136, 137, 138, 139, 140, 160, 178, 186,
            187, 196,
        ]),
        new(ProgramType.CgroupSockAddr, [AttachType.CgroupUdp4RecvMsg, AttachType.CgroupUdp6RecvMsg,
            AttachType.CgroupInet4GetPeerName, AttachType.CgroupInet6GetPeerName,
            AttachType.CgroupInet4GetSockName, AttachType.CgroupInet6GetSockName, AttachType.CgroupUnixRecvMsg,
            AttachType.CgroupUnixGetPeerName, AttachType.CgroupUnixGetSockName], null,
        [
            17, 25, 46, 49, 57, 81, 84, 85, 86, 99, 107, 108, 122, 136, 137, 138, 139, 140, 160, 178, 196,
        ]),
        new(ProgramType.LwtSeg6Local, [], null,
        [
            17, 24, 25, 26, 28, 33, 34, 39, 74, 75, 76, 136, 137, 138, 139, 140, 160, 178, 196,
        ]),
        new(ProgramType.SkReuseport, [], null,
        [
            17, 26, 46, 68, 82, 160,
        ]),
        new(ProgramType.FlowDissector, [], null,
        [
            17, 26, 136, 137, 138, 139, 140, 160, 178, 196,
        ]),
        new(ProgramType.CgroupSysctl, [], null,
        [
            17, 25, 81, 101, 102, 103, 104, 160, 186, 187,
        ]),
        new(ProgramType.RawTracepointWritable, [], null,
        [
            4, 17, 25, 27, 45, 67, 173, 174,
        ]),
        new(ProgramType.CgroupSockopt, [AttachType.CgroupGetSockopt], null,
        [
            17, 25, 81, 96, 107, 108, 122, 186, 187,
        ]),
        new(ProgramType.CgroupSockopt, [AttachType.CgroupSetSockopt], null,
        [
            17, 25, 49, 57, 81, 96, 107, 108, 122, 186, 187,
        ]),
        new(ProgramType.Tracing, [AttachType.TraceRawTp], null,
        [
            4, 17, 25, 27, 45, 46, 67, 107, 108, 111, 121, 136, 137, 138, 139, 140, 162, 173, 174, 178, 188,
            196,
        ]),
        new(ProgramType.Tracing, [AttachType.TraceIter], false,
        [
            4, 17, 25, 27, 45, 46, 67, 107, 108, 111, 121, 126, 127, 136, 137, 138, 139, 140, 147, 150, 162,
            173, 178, 188, 196,
        ]),
        new(ProgramType.Tracing, [AttachType.TraceIter], true,
        [
            4, 17, 25, 27, 45, 46, 67, 107, 108, 111, 121, 126, 127, 136, 137, 138, 139, 140, 147, 150, 162,
            173, 178, 188, 196,
        ]),
        new(ProgramType.Tracing, [AttachType.TraceFentry, AttachType.TraceFexit], null,
        [
            4, 25, 27, 36, 45, 46, 67, 107, 108, 111, 121, 136, 137, 138, 139, 140, 162, 173, 174, 178, 183,
            184, 185, 188, 196,
        ]),
        new(ProgramType.Tracing, [AttachType.ModifyReturn], null,
        [
            4, 25, 27, 36, 45, 46, 67, 111, 121, 136, 137, 138, 139, 140, 147, 162, 173, 174, 178, 183, 184,
            185, 188, 196,
        ]),
        new(ProgramType.StructOps, [], null,
        [
            17, 49, 57, 107, 108, 116, 160,
        ]),
        new(ProgramType.SkLookup, [], null,
        [
            17, 25, 86, 124, 136, 137, 138, 139, 140, 160, 178, 196,
        ]),
        new(ProgramType.Syscall, [], null,
        [
            4, 17, 25, 27, 45, 46, 67, 111, 121, 136, 137, 138, 139, 140, 162, 166, 167, 168, 173, 178, 179,
            188, 196,
        ]),
        new(ProgramType.Netfilter, [], null,
        [
            17,
        ]),
        new(ProgramType.Lsm, [AttachType.LsmMac], false,
        [
            4, 25, 27, 36, 45, 46, 67, 107, 108, 111, 121, 136, 137, 138, 139, 140, 145, 146, 147, 159, 161,
            162, 173, 174, 178, 183, 184, 185, 188, 193, 196,
        ]),
        new(ProgramType.Lsm, [AttachType.LsmMac], true,
        [
            4, 25, 27, 36, 45, 46, 67, 107, 108, 111, 121, 136, 137, 138, 139, 140, 145, 146, 147, 159, 161,
            162, 173, 174, 178, 183, 184, 185, 188, 193, 196,
        ]),
        new(ProgramType.Lsm, [AttachType.LsmCgroup], null,
        [
            4, 25, 27, 36, 45, 46, 67, 81, 107, 108, 111, 121, 136, 137, 138, 139, 140, 145, 146, 147, 159,
            161, 162, 173, 178, 186, 187, 188, 193, 196,
        ]),
    ];
}
