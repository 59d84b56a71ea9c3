using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using BpfSharp.Diagnostics;

namespace BpfSharp.Linux.Interop;

/// <summary>A file descriptor. Closing it drops one reference to what it stands for.</summary>
[SupportedOSPlatform("linux")]
internal sealed class BpfHandle : SafeHandleMinusOneIsInvalid
{
    public BpfHandle() : base(ownsHandle: true) { }

    private BpfHandle(int fd) : base(ownsHandle: true) => SetHandle(fd);

    /// <summary>Takes over a descriptor.</summary>
    internal static BpfHandle Of(int fd) => new(fd);

    /// <summary>The number; valid while the handle is open.</summary>
    /// <exception cref="ObjectDisposedException">It was closed.</exception>
    internal int Fd
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return (int)handle;
        }
    }

    /// <summary>A second descriptor of the same thing, with its own life.</summary>
    internal BpfHandle Duplicate()
    {
        int fd = Libc.Fcntl(Fd, Libc.DuplicateCloseOnExec, 0);
        return fd >= 0 ? Of(fd) : throw new IOException($"fcntl(F_DUPFD_CLOEXEC): {Errno.NameOf(-fd)}");
    }

    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}
