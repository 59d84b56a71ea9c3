using System.Net.Sockets;
using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>A socket of this process: socket filters, and reuseport selectors for its whole group.</summary>
/// <param name="Socket">The socket; a selector needs one with SO_REUSEPORT.</param>
[SupportedOSPlatform("linux")]
public sealed record SocketHook(Socket Socket) : KernelAttachPoint
{
    private const int SolSocket = 1;
    private const int AttachBpf = 50;
    private const int DetachFilter = 27;
    private const int AttachReuseportBpf = 52;
    private const int DetachReuseportBpf = 68;

    internal override KernelLink AttachProgram(KernelProgram program)
    {
        bool selector = program.Spec.Type == ProgramType.SkReuseport;
        Socket socket = Socket;
        int result = Set(socket, selector ? AttachReuseportBpf : AttachBpf, program.FileDescriptor);
        if (result < 0)
        {
            throw Refused(program, "setsockopt", -result, result switch
            {
                -Errno.Einval when selector => "the socket needs SO_REUSEPORT before bind",
                -Errno.Eperm => "the socket's filter is locked (SO_LOCK_FILTER)",
                _ => null,
            });
        }

        return new HeldLink(this, () =>
        {
            if (!socket.SafeHandle.IsClosed)
            {
                _ = Set(socket, selector ? DetachReuseportBpf : DetachFilter, 0);
            }
        }, next =>
        {
            int replaced = Set(socket, selector ? AttachReuseportBpf : AttachBpf, next.FileDescriptor);
            if (replaced < 0)
            {
                throw Refused(next, "setsockopt", -replaced);
            }
        });
    }

    private static int Set(Socket socket, int option, int value)
    {
        bool added = false;
        try
        {
            socket.SafeHandle.DangerousAddRef(ref added);
            return Libc.SetSocketOption((int)socket.SafeHandle.DangerousGetHandle(), SolSocket, option, value);
        }
        finally
        {
            if (added)
            {
                socket.SafeHandle.DangerousRelease();
            }
        }
    }
}
