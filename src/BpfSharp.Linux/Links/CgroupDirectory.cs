using System.Runtime.Versioning;
using BpfSharp.Hooks;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>Cgroup directories, and the hook a program has in them.</summary>
[SupportedOSPlatform("linux")]
internal static class CgroupDirectory
{
    private const int OpenDirectory = 0x10000;
    private const uint Cgroup2 = 0x63677270;

    internal static BpfHandle Open(string path, string program)
    {
        int fd = Libc.Open(path, OpenDirectory);
        if (fd < 0)
        {
            throw KernelException.Refused("BPF5021", $"program '{program}'", "open", -fd, $"cgroup {path}");
        }

        BpfHandle handle = BpfHandle.Of(fd);
        if (FileSystem.TypeOf(path) != Cgroup2)
        {
            handle.Dispose();
            string where = FileSystem.Mounts().Where(m => m.Kind == "cgroup2").Select(m => m.Directory).FirstOrDefault() ?? "nowhere";
            throw KernelException.Missing("BPF5021", $"program '{program}'", $"{path} is no cgroup of a cgroup2 file system",
                $"cgroup2 is mounted at: {where}");
        }

        return handle;
    }

    /// <summary>The hook said, the one loaded for, or the only one of the type.</summary>
    internal static AttachType HookOf(KernelProgram program, AttachType? said) => said ?? program.Spec.AttachType ??
        (program.Spec.Type == ProgramType.SockOps ? AttachType.CgroupSockOps
        : program.Spec.Type == ProgramType.CgroupDevice ? AttachType.CgroupDevice
        : program.Spec.Type == ProgramType.CgroupSysctl ? AttachType.CgroupSysctl
        : program.Spec.Type == ProgramType.CgroupSock ? AttachType.CgroupInetSockCreate
        : throw KernelException.Missing("BPF5021", $"program '{program.Name}'", $"type {program.Spec.Type} has several hooks",
            "set ProgramSpec.AttachType before load, or CgroupHook.Hook"));
}
