using System.Runtime.InteropServices;

namespace BpfSharp.Linux.Tests.Sandbox;

/// <summary>System calls only the tests need.</summary>
internal static partial class Native
{
    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MountNative(string source, string target, string kind, nuint flags, nint data);

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int descriptor, int kind);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "setresuid", SetLastError = true)]
    private static partial int SetUsers(uint real, uint effective, uint saved);

    [LibraryImport("libc", EntryPoint = "setresgid", SetLastError = true)]
    private static partial int SetGroups(uint real, uint effective, uint saved);

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

    /// <summary>Opens a file for as long as the process lives.</summary>
    internal static int OpenReadOnly(string path) => Checked(Open(path, 0x80000), path);

    /// <summary>Makes this process nobody's, without any capability; there is no way back.</summary>
    internal static void BecomeNobody()
    {
        const uint Nobody = 65534;
        Checked(SetGroups(Nobody, Nobody, Nobody), "setresgid");
        Checked(SetUsers(Nobody, Nobody, Nobody), "setresuid");
    }

    /// <summary>New namespaces for this thread.</summary>
    internal static void MakeNamespaces(int kinds) => Checked(Unshare(kinds), "unshare");

    internal static void EnterNamespace(int descriptor, int kind) => Checked(SetNamespace(descriptor, kind), "setns");

    /// <summary>Keeps what is mounted from here on out of other namespaces (recursive, private).</summary>
    internal static void MakeMountsPrivate() => Checked(MountNative("none", "/", "", 0x4000 | 0x40000, 0), "mount --make-rprivate /");

    private static int Checked(int result, string what) =>
        result >= 0 ? result : throw new IOException($"{what}: errno {Marshal.GetLastPInvokeError()}");

    internal static void Mount(string kind, string target)
    {
        Directory.CreateDirectory(target);
        if (MountNative(kind, target, kind, 0, 0) != 0)
        {
            throw new IOException($"mount -t {kind} {target}: errno {Marshal.GetLastPInvokeError()}");
        }
    }
}
