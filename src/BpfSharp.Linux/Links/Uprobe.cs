using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;
using BpfSharp.Linux.Symbols;

namespace BpfSharp.Linux.Links;

/// <summary>A function of a program or library, at its entry or return.</summary>
/// <param name="Path">The file; a bare name such as <c>libc.so.6</c> is looked up where the loader would.</param>
/// <param name="Function">Symbol; <see langword="null"/> when the offset is one in the file.</param>
/// <param name="IsReturn">Whether at its return.</param>
/// <param name="Offset">Bytes from the symbol's start, or the offset in the file.</param>
/// <param name="ProcessId">Only this process; -1 for all, 0 for this one.</param>
/// <param name="Cookie">A number the program reads with <c>bpf_get_attach_cookie</c> (Linux 5.15); 0 for none.</param>
/// <param name="CounterOffset">File offset of a counter the kernel raises while attached (USDT semaphores); 0 for none.</param>
[SupportedOSPlatform("linux")]
public sealed record Uprobe(
    string Path, string? Function = null, bool IsReturn = false, ulong Offset = 0, int ProcessId = -1, ulong Cookie = 0,
    ulong CounterOffset = 0) : KernelAttachPoint
{
    internal override KernelLink AttachProgram(KernelProgram program)
    {
        string path = LibraryPath.Find(Path) ?? throw Absent(program, $"there is no file {Path}");
        ulong offset = Function is null ? Offset : ElfSymbols.FileOffset(path, Function, program.Name) + Offset;
        int processId = ProcessId == 0 ? Environment.ProcessId : ProcessId;
        BpfHandle probe = ProbeSource.Open("uprobe", path, offset, IsReturn, processId, CounterOffset, out int errno) ??
            throw Refused(program, "perf_event_open", errno, errno switch
            {
                Errno.Enoent => "this kernel has no uprobes (CONFIG_UPROBE_EVENTS)",
                Errno.Einval => "the offset is not inside the file's code",
                _ => null,
            });
        return PerfAttachment.TryAttach(program, probe, this, Cookie, out string command, out errno)
            ?? throw Refused(program, command, errno);
    }
}
