using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>An infrared receiver (lirc): the program decodes its pulses.</summary>
/// <param name="Path">The device, for example <c>/dev/lirc0</c>.</param>
[SupportedOSPlatform("linux")]
public sealed record InfraredDevice(string Path) : KernelAttachPoint
{
    internal override KernelLink AttachProgram(KernelProgram program)
    {
        int fd = Libc.Open(Path, 2);
        if (fd < 0)
        {
            throw Refused(program, "open", -fd, "name a lirc device");
        }

        BpfHandle device = BpfHandle.Of(fd);
        BpfHandle held = program.Handle.Duplicate();
        ProgAttachAttr attr = new() { TargetFd = (uint)device.Fd, AttachBpfFd = (uint)held.Fd, AttachType = (uint)AttachType.LircMode2 };
        int result = BpfSyscall.Call(BpfCommand.ProgAttach, ref attr);
        if (result < 0)
        {
            device.Dispose();
            held.Dispose();
            throw Refused(program, "BPF_PROG_ATTACH", -result, -result == Errno.Einval ? "this kernel is built without CONFIG_BPF_LIRC_MODE2" : null);
        }

        return new HeldLink(this, () =>
        {
            ProgAttachAttr detach = attr;
            _ = BpfSyscall.Call(BpfCommand.ProgDetach, ref detach);
            device.Dispose();
            held.Dispose();
        });
    }
}
