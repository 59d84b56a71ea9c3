using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using BpfSharp.Diagnostics;

namespace BpfSharp.Linux.Interop;

/// <summary>The C library's functions the kernel host calls: the only native code there is.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class Libc
{
    internal const int DuplicateCloseOnExec = 1030;
    internal const int ProtRead = 1;
    internal const int ProtWrite = 2;
    internal const int MapShared = 1;
    internal const int MapFixed = 0x10;

    private const string Library = "libc";

    /// <summary>Possible CPUs: what per-CPU values are counted by (never fewer than those online).</summary>
    internal static int PossibleCpus { get; } = CountCpus("/sys/devices/system/cpu/possible");

    internal static int PageSize { get; } = Environment.SystemPageSize;

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial long Syscall(long number, nint a, nint b, nint c, nint d, nint e, nint f);

    [LibraryImport(Library, EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimitNative(int resource, nuint* softAndHard);

    /// <summary>Takes away this process's limit of locked memory (RLIMIT_MEMLOCK); it needs CAP_SYS_RESOURCE.</summary>
    internal static bool TryUnlimitLockedMemory()
    {
        const int LockedMemory = 8;
        nuint* limits = stackalloc nuint[2] { nuint.MaxValue, nuint.MaxValue };
        return SetLimitNative(LockedMemory, limits) == 0;
    }

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int fd);

    [LibraryImport(Library, EntryPoint = "mmap", SetLastError = true)]
    private static partial nint MmapNative(nint address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport(Library, EntryPoint = "munmap", SetLastError = true)]
    internal static partial int Munmap(nint address, nuint length);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FcntlNative(int fd, int command, nint argument);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    private static partial int IoctlNative(int fd, nuint request, nint argument);

    [LibraryImport(Library, EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetSockOptNative(int fd, int level, int option, void* value, uint length);

    [LibraryImport(Library, EntryPoint = "socket", SetLastError = true)]
    private static partial int SocketNative(int family, int type, int protocol);

    [LibraryImport(Library, EntryPoint = "send", SetLastError = true)]
    private static partial nint SendNative(int fd, void* buffer, nuint length, int flags);

    [LibraryImport(Library, EntryPoint = "recv", SetLastError = true)]
    private static partial nint ReceiveNative(int fd, void* buffer, nuint length, int flags);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadNative(int fd, void* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteNative(int fd, void* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenNative(string path, int flags, int mode);

    [LibraryImport(Library, EntryPoint = "epoll_create1", SetLastError = true)]
    internal static partial int EpollCreate(int flags);

    [LibraryImport(Library, EntryPoint = "epoll_ctl", SetLastError = true)]
    internal static partial int EpollControl(int epoll, int operation, int fd, void* @event);

    [LibraryImport(Library, EntryPoint = "epoll_wait", SetLastError = true)]
    internal static partial int EpollWait(int epoll, void* events, int count, int timeout);

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    internal static partial int EventFd(uint initial, int flags);

    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(void* descriptors, nuint count, int timeout);

    [LibraryImport(Library, EntryPoint = "if_nametoindex", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial uint InterfaceIndexNative(string name);

    /// <summary>The number of a network interface of this namespace; 0 if there is none of the name.</summary>
    internal static uint InterfaceIndex(string name) => InterfaceIndexNative(name);

    [LibraryImport(Library, EntryPoint = "statfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatFsNative(string path, nint* buffer);

    /// <summary>The magic number of the file system of a path; 0 if it cannot be told.</summary>
    internal static uint FileSystemType(string path)
    {
        // struct statfs begins with f_type, a word; 256 bytes hold the whole of it everywhere.
        nint* buffer = stackalloc nint[32];
        return StatFsNative(path, buffer) == 0 ? (uint)buffer[0] : 0;
    }

    /// <summary>ioctl(2).</summary>
    /// <returns>The result, or a negative errno.</returns>
    internal static int Ioctl(int fd, nuint request, nint argument) => Result(IoctlNative(fd, request, argument));

    /// <summary>setsockopt(2) with an int.</summary>
    /// <returns>0, or a negative errno.</returns>
    internal static int SetSocketOption(int fd, int level, int option, int value) =>
        Result(SetSockOptNative(fd, level, option, &value, sizeof(int)));

    /// <summary>socket(2), closed on exec.</summary>
    /// <returns>The descriptor, or a negative errno.</returns>
    internal static int Socket(int family, int type, int protocol) => Result(SocketNative(family, type | 0x80000, protocol));

    /// <summary>open(2), closed on exec.</summary>
    /// <returns>The descriptor, or a negative errno.</returns>
    internal static int Open(string path, int flags) => Result(OpenNative(path, flags | 0x80000, 0));

    /// <summary>send(2).</summary>
    /// <returns>Bytes sent, or a negative errno.</returns>
    internal static int Send(int fd, ReadOnlySpan<byte> data)
    {
        fixed (byte* pointer = data)
        {
            return Result((int)SendNative(fd, pointer, (nuint)data.Length, 0));
        }
    }

    /// <summary>recv(2).</summary>
    /// <returns>Bytes received, or a negative errno.</returns>
    internal static int Receive(int fd, Span<byte> buffer)
    {
        fixed (byte* pointer = buffer)
        {
            return Result((int)ReceiveNative(fd, pointer, (nuint)buffer.Length, 0));
        }
    }

    /// <summary>read(2), repeated when a signal interrupts it.</summary>
    /// <returns>Bytes read, or a negative errno.</returns>
    internal static int Read(int fd, Span<byte> buffer)
    {
        fixed (byte* pointer = buffer)
        {
            int result;
            do
            {
                result = Result((int)ReadNative(fd, pointer, (nuint)buffer.Length));
            }
            while (result == -Errno.Eintr);
            return result;
        }
    }

    /// <summary>write(2).</summary>
    /// <returns>Bytes written, or a negative errno.</returns>
    internal static int Write(int fd, ReadOnlySpan<byte> data)
    {
        fixed (byte* pointer = data)
        {
            return Result((int)WriteNative(fd, pointer, (nuint)data.Length));
        }
    }

    private static int Result(int result) => result >= 0 ? result : -Marshal.GetLastPInvokeError();

    /// <summary>fcntl(2).</summary>
    /// <returns>The result, or a negative errno.</returns>
    internal static int Fcntl(int fd, int command, nint argument)
    {
        int result = FcntlNative(fd, command, argument);
        return result >= 0 ? result : -Marshal.GetLastPInvokeError();
    }

    /// <summary>mmap(2).</summary>
    /// <returns>The address, or 0 with the errno in <paramref name="errno"/>.</returns>
    internal static byte* Mmap(int fd, nuint length, int protection, long offset, out int errno, nint fixedAddress = 0)
    {
        int flags = MapShared | (fixedAddress != 0 ? MapFixed : 0);
        nint address = MmapNative(fixedAddress, length, protection, flags, fd, offset);
        errno = address == -1 ? Marshal.GetLastPInvokeError() : 0;
        return address == -1 ? null : (byte*)address;
    }

    /// <summary>mmap(2) of a whole file, private and read-only.</summary>
    /// <returns>The address, or null.</returns>
    internal static byte* MmapPrivate(int fd, nuint length)
    {
        const int MapPrivate = 2;
        nint address = MmapNative(0, length, ProtRead, MapPrivate, fd, 0);
        return address == -1 ? null : (byte*)address;
    }

    /// <summary>The number of CPUs in a list such as <c>0-3,8</c>: one more than the highest.</summary>
    private static int CountCpus(string path)
    {
        try
        {
            ReadOnlySpan<char> text = File.ReadAllText(path).AsSpan().Trim();
            int last = text.LastIndexOfAny('-', ',');
            return int.Parse(text[(last + 1)..]) + 1;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return Environment.ProcessorCount;
        }
    }
}
