using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using BpfSharp.Diagnostics;

namespace BpfSharp.Linux.Interop;

/// <summary>The bpf(2) system call.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe class BpfSyscall
{
    private static readonly long s_number = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 321,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 280,
        Architecture.X86 => 357,
        Architecture.Arm or Architecture.Armv6 => 386,
        Architecture.S390x => 351,
        Architecture.Ppc64le => 361,
        Architecture.Wasm or _ => throw new PlatformNotSupportedException("bpf(2) has no number on this architecture"),
    };

    /// <summary>Before Linux 5.11 maps and programs count against RLIMIT_MEMLOCK, 64 KiB by default: whether the limit could be taken away.</summary>
    private static readonly Lazy<bool> s_unlimited = new(static () => !KernelVersion.Current.AtLeast(5, 11) && Libc.TryUnlimitLockedMemory());

    /// <summary>One call, repeated when a signal interrupts it, and once when the old limit of locked memory stood in the way.</summary>
    /// <returns>The result (often a descriptor), or a negative errno.</returns>
    internal static int Call<T>(BpfCommand command, ref T attr) where T : unmanaged
    {
        bool retried = false;
        fixed (T* pointer = &attr)
        {
            while (true)
            {
                long result = Libc.Syscall(s_number, (nint)command, (nint)pointer, sizeof(T), 0, 0, 0);
                if (result >= 0)
                {
                    return (int)result;
                }

                int errno = Marshal.GetLastPInvokeError();
                if (errno == Errno.Eperm && !retried && (command is BpfCommand.MapCreate or BpfCommand.ProgLoad or BpfCommand.BtfLoad) && s_unlimited.Value)
                {
                    retried = true;
                }
                else if (errno != Errno.Eintr)
                {
                    return -errno;
                }
            }
        }
    }

    /// <summary>A call whose success is a descriptor.</summary>
    internal static BpfHandle? TryOpen<T>(BpfCommand command, ref T attr, out int errno) where T : unmanaged
    {
        int result = Call(command, ref attr);
        errno = result < 0 ? -result : 0;
        return result < 0 ? null : BpfHandle.Of(result);
    }

    internal static int Pin(int fd, string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            ObjectPathAttr attr = new() { Pathname = (ulong)name, BpfFd = (uint)fd };
            return Call(BpfCommand.ObjPin, ref attr);
        }
    }

    internal static BpfHandle? OpenPin(string path, out int errno, uint flags = 0)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            ObjectPathAttr attr = new() { Pathname = (ulong)name, FileFlags = flags };
            return TryOpen(BpfCommand.ObjGet, ref attr, out errno);
        }
    }

    internal static BpfHandle? OpenById(BpfCommand command, uint id, out int errno, uint flags = 0)
    {
        ObjectIdAttr attr = new() { Id = id, OpenFlags = flags };
        return TryOpen(command, ref attr, out errno);
    }

    /// <summary>The id after an id, or <see langword="null"/> at the end.</summary>
    internal static uint? NextId(BpfCommand command, uint after, out int errno)
    {
        ObjectIdAttr attr = new() { Id = after };
        int result = Call(command, ref attr);
        errno = result < 0 ? -result : 0;
        return result < 0 ? null : attr.NextId;
    }

    /// <summary>Fills a <c>struct bpf_*_info</c>; what an older kernel does not know stays zero.</summary>
    internal static int Info<T>(int fd, ref T info) where T : unmanaged
    {
        fixed (T* pointer = &info)
        {
            InfoAttr attr = new() { BpfFd = (uint)fd, InfoLen = (uint)sizeof(T), Info = (ulong)pointer };
            return Call(BpfCommand.ObjGetInfoByFd, ref attr);
        }
    }
}
