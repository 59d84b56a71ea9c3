using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Linux.Interop;

namespace BpfSharp.Linux;

/// <summary>Paths of a bpf file system.</summary>
[SupportedOSPlatform("linux")]
internal static class Pinning
{
    private const uint BpfFileSystem = 0xcafe4a11;

    internal static void Pin(BpfHandle handle, string subject, string path)
    {
        int result = BpfSyscall.Pin(handle.Fd, path);
        if (result < 0)
        {
            throw Refused(subject, "BPF_OBJ_PIN", path, -result);
        }
    }

    internal static BpfHandle Open(string subject, string path) =>
        BpfSyscall.OpenPin(path, out int errno) ?? throw Refused(subject, "BPF_OBJ_GET", path, errno);

    internal static KernelException Refused(string subject, string command, string path, int errno)
    {
        string directory = Path.GetDirectoryName(path) ?? "/";
        string? suggestion = errno switch
        {
            Errno.Enoent when !Directory.Exists(directory) => $"create the directory {directory} first",
            Errno.Eexist => "something is pinned there already: choose another path or remove it",
            Errno.Eperm or Errno.Einval when Directory.Exists(directory) && FileSystem.TypeOf(directory) != BpfFileSystem =>
                $"{directory} is no bpf file system: mount one there (mount -t bpf bpf {directory})",
            _ => null,
        };
        return KernelException.Refused("BPF5008", subject, command, errno, $"path {path}", suggestion);
    }
}
