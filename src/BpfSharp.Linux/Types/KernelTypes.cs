using System.Collections.Concurrent;
using System.Runtime.Versioning;
using BpfSharp.Btf;
using BpfSharp.Diagnostics;
using BpfSharp.Linux.Interop;

namespace BpfSharp.Linux.Types;

/// <summary>The running kernel's types: its own (vmlinux) and those of its modules.</summary>
[SupportedOSPlatform("linux")]
public static class KernelTypes
{
    private const string BtfDirectory = "/sys/kernel/btf";

    private static readonly Lazy<BtfFile?> s_kernel = new(ReadKernel);
    private static readonly ConcurrentDictionary<string, BtfFile> s_modules = new();

    /// <summary>The kernel's own types, read once and shared; <see langword="null"/> if it has none (CONFIG_DEBUG_INFO_BTF).</summary>
    /// <exception cref="ObjectFormatException">They are damaged.</exception>
    public static BtfFile? Kernel => s_kernel.Value;

    /// <summary>Names of the modules that have types.</summary>
    public static IReadOnlyList<string> Modules => Directory.Exists(BtfDirectory)
        ? [.. Directory.GetFiles(BtfDirectory).Select(f => Path.GetFileName(f)).Where(n => n != "vmlinux").Order(StringComparer.Ordinal)]
        : [];

    /// <summary>A module's types, over the kernel's.</summary>
    /// <param name="module">Its name.</param>
    /// <exception cref="FileNotFoundException">There is no such module, or it has no types.</exception>
    public static BtfFile Module(string module) => s_modules.GetOrAdd(module, static name =>
        BtfFile.Read(MappedFile.Open(Path.Combine(BtfDirectory, name)), Kernel, name));

    /// <summary>Reads the kernel's types anew, for measuring; use <see cref="Kernel"/>.</summary>
    internal static BtfFile? ReadKernel()
    {
        string path = Path.Combine(BtfDirectory, "vmlinux");
        return File.Exists(path) ? BtfFile.Read(MappedFile.Open(path), null, "vmlinux") : null;
    }

    /// <summary>The kernel's own types.</summary>
    /// <param name="subject">Who needs them.</param>
    /// <exception cref="KernelException">The kernel has none.</exception>
    internal static BtfFile Require(string subject) => Kernel ?? throw KernelException.Missing("BPF5005", subject,
        "this kernel has no BTF (/sys/kernel/btf/vmlinux)", "use a kernel with CONFIG_DEBUG_INFO_BTF=y, or give LoadOptions.TargetBtf for CO-RE");

    /// <summary>Finds a type in the kernel or, failing that, in a module.</summary>
    /// <param name="name">Its name, or <c>module:name</c>.</param>
    /// <param name="kind">Its kind.</param>
    /// <returns>The id and its module (<see langword="null"/>: the kernel); id 0 if there is none.</returns>
    internal static (int Id, string? Module) Find(string name, BtfKind kind)
    {
        int colon = name.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0)
        {
            string said = name[..colon];
            return File.Exists(Path.Combine(BtfDirectory, said)) ? (OwnId(Module(said), name[(colon + 1)..], kind), said) : (0, null);
        }

        if (Kernel is not { } kernel)
        {
            return (0, null);
        }

        int id = kernel.Find(name, kind);
        if (id > 0)
        {
            return (id, null);
        }

        foreach (string module in Modules)
        {
            id = OwnId(Module(module), name, kind);
            if (id > 0)
            {
                return (id, module);
            }
        }

        return (0, null);
    }

    /// <summary>A descriptor of a module's types, as programs and maps name them to the kernel.</summary>
    /// <exception cref="KernelException">The module went away, or the kernel refused.</exception>
    internal static unsafe BpfHandle OpenModule(string module)
    {
        uint id = 0;
        byte* name = stackalloc byte[64];
        while (BpfSyscall.NextId(BpfCommand.BtfGetNextId, id, out int errno) is { } next)
        {
            id = next;
            BpfHandle? handle = BpfSyscall.OpenById(BpfCommand.BtfGetFdById, id, out errno);
            if (handle is null)
            {
                continue;
            }

            new Span<byte>(name, 64).Clear();
            RawBtfInfo info = new() { Name = (ulong)name, NameLen = 64 };
            if (BpfSyscall.Info(handle.Fd, ref info) >= 0 && info.KernelBtf != 0
                && System.Runtime.InteropServices.Marshal.PtrToStringUTF8((nint)name) == module)
            {
                return handle;
            }

            handle.Dispose();
        }

        throw KernelException.Missing("BPF5005", $"module '{module}'", "the kernel lists no types of it", "is the module loaded?");
    }

    private static int OwnId(BtfFile file, string name, BtfKind kind)
    {
        int id = file.Find(name, kind);
        return id >= file.FirstId ? id : 0;
    }
}
