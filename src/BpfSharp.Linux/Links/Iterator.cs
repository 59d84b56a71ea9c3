using System.Buffers.Binary;
using System.Runtime.Versioning;
using System.Text;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Maps;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>An iterator over what the program was loaded for (<c>iter/task</c>, <c>iter/tcp</c> …); read it with <see cref="IteratorReading.OpenStream"/>.</summary>
[SupportedOSPlatform("linux")]
public sealed record Iterator : KernelAttachPoint
{
    /// <summary>For iterators over a map's elements: the map.</summary>
    public KernelMap? Map { get; init; }

    /// <summary>For task iterators: only this thread; 0 for all.</summary>
    public int ThreadId { get; init; }

    /// <summary>For task iterators: only threads of this process; 0 for all.</summary>
    public int ProcessId { get; init; }

    /// <summary>For cgroup iterators: where to start; <see langword="null"/> for the root of this process.</summary>
    public string? CgroupPath { get; init; }

    /// <summary>For cgroup iterators: which others: 1 only itself, 2 descendants first to last, 3 last to first, 4 ancestors; 0 for the kernel's choice.</summary>
    public int CgroupOrder { get; init; }

    internal override unsafe KernelLink AttachProgram(KernelProgram program)
    {
        using BpfHandle? cgroup = CgroupPath is null ? null : CgroupDirectory.Open(CgroupPath, program.Name);
        Span<byte> info = stackalloc byte[16];
        info.Clear();
        int used = 0;
        if (Map is not null)
        {
            BinaryPrimitives.WriteInt32LittleEndian(info, Map.FileDescriptor);
            used = 4;
        }
        else if (cgroup is not null || CgroupOrder != 0)
        {
            BinaryPrimitives.WriteInt32LittleEndian(info, CgroupOrder);
            BinaryPrimitives.WriteInt32LittleEndian(info[4..], cgroup?.Fd ?? 0);
            used = 16;
        }
        else if (ThreadId != 0 || ProcessId != 0)
        {
            BinaryPrimitives.WriteInt32LittleEndian(info, ThreadId);
            BinaryPrimitives.WriteInt32LittleEndian(info[4..], ProcessId);
            used = 12;
        }

        fixed (byte* pointer = info)
        {
            LinkCreateAttr attr = new()
            {
                ProgFd = (uint)program.FileDescriptor,
                AttachType = (uint)AttachType.TraceIter,
                IterInfo = used == 0 ? 0 : (ulong)pointer,
                IterInfoLen = (uint)used,
            };
            return BpfLink.TryCreate(ref attr, this, out int errno) ?? throw Refused(program, "BPF_LINK_CREATE", errno,
                errno == Errno.Einval ? "the parameters must suit what the program iterates over (a map for bpf_map_elem, none for bpf_map)" : null);
        }
    }
}

/// <summary>Reads what iterator programs write.</summary>
[SupportedOSPlatform("linux")]
public static class IteratorReading
{
    /// <summary>Starts one pass over the objects; reading it runs the program.</summary>
    /// <param name="link">A link made by <see cref="Iterator"/>.</param>
    /// <returns>What the program writes with <c>bpf_seq_write</c> and <c>bpf_seq_printf</c>.</returns>
    /// <exception cref="KernelException">The link is no iterator, or the kernel refused.</exception>
    public static Stream OpenStream(this KernelLink link)
    {
        ArgumentNullException.ThrowIfNull(link);
        TwoWordsAttr attr = new() { First = link is BpfLink bpf ? (uint)bpf.Fd : uint.MaxValue };
        int fd = BpfSyscall.Call(BpfCommand.IterCreate, ref attr);
        if (fd < 0)
        {
            throw KernelException.Refused("BPF5023", $"{link.Point}", "BPF_ITER_CREATE", -fd,
                null, -fd == Errno.Einval ? "the link is no iterator" : null);
        }

        return new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(fd, ownsHandle: true), FileAccess.Read, bufferSize: 0);
    }

    /// <summary>Makes one pass and gives its text, line by line.</summary>
    /// <param name="link">A link made by <see cref="Iterator"/>.</param>
    public static IEnumerable<string> ReadLines(this KernelLink link)
    {
        using StreamReader reader = new(link.OpenStream(), Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }
}
