using System.Runtime.InteropServices;
using System.Runtime.Versioning;

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

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int fd);

    [LibraryImport(Library, EntryPoint = "mmap", SetLastError = true)]
    private static partial nint MmapNative(nint address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport(Library, EntryPoint = "munmap", SetLastError = true)]
    internal static partial int Munmap(nint address, nuint length);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FcntlNative(int fd, int command, nint argument);

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
