using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>Programs on perf events: by link where the kernel has them (5.15), else by ioctl.</summary>
[SupportedOSPlatform("linux")]
internal static class PerfAttachment
{
    /// <summary>Attaches and enables; takes over the event.</summary>
    /// <returns>The link, or <see langword="null"/> with the errno, the event closed.</returns>
    internal static KernelLink? TryAttach(
        KernelProgram program, BpfHandle perfEvent, AttachPoint point, ulong cookie, out string command, out int errno)
    {
        LinkCreateAttr attr = new()
        {
            ProgFd = (uint)program.FileDescriptor,
            TargetFd = (uint)perfEvent.Fd,
            AttachType = (uint)AttachType.PerfEvent,
            PerfCookie = cookie,
        };
        command = "BPF_LINK_CREATE";
        KernelLink? link = BpfLink.TryCreate(ref attr, point, out errno, perfEvent);
        if (link is null && errno == Errno.Einval && cookie == 0)
        {
            command = "PERF_EVENT_IOC_SET_BPF";
            errno = -Libc.Ioctl(perfEvent.Fd, PerfEventOpen.IoctlSetBpf, program.FileDescriptor);
            link = errno == 0 ? new HeldLink(point, () =>
            {
                _ = Libc.Ioctl(perfEvent.Fd, PerfEventOpen.IoctlDisable, 0);
                perfEvent.Dispose();
            }) : null;
        }

        if (link is not null)
        {
            int enabled = Libc.Ioctl(perfEvent.Fd, PerfEventOpen.IoctlEnable, 0);
            if (enabled >= 0)
            {
                return link;
            }

            command = "PERF_EVENT_IOC_ENABLE";
            errno = -enabled;
            link.Dispose();
        }

        perfEvent.Dispose();
        return null;
    }
}
