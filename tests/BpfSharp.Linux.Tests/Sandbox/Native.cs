using System.Runtime.InteropServices;

namespace BpfSharp.Linux.Tests.Sandbox;

/// <summary>System calls only the tests need.</summary>
internal static partial class Native
{
    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MountNative(string source, string target, string kind, nuint flags, nint data);

    [LibraryImport("libc", EntryPoint = "getppid")]
    internal static partial int GetParentProcessId();

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    internal static partial long Syscall(long number, nint a, nint b, nint c, nint d);

    [LibraryImport("libc", EntryPoint = "abs")]
    internal static partial int Abs(int value);

    [LibraryImport("libc", EntryPoint = "labs")]
    internal static partial nint LongAbs(nint value);

    /// <summary>Keeps this thread on one CPU (x86-64's sched_setaffinity).</summary>
    internal static unsafe void StayOnFirstCpu()
    {
        ulong mask = 1;
        _ = Syscall(203, 0, sizeof(ulong), (nint)(&mask), 0);
    }

    internal static void Mount(string kind, string target)
    {
        Directory.CreateDirectory(target);
        if (MountNative(kind, target, kind, 0, 0) != 0)
        {
            throw new IOException($"mount -t {kind} {target}: errno {Marshal.GetLastPInvokeError()}");
        }
    }
}
