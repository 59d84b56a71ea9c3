using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>A kernel function, at its entry, its return, or an instruction inside.</summary>
/// <param name="Function">Its name.</param>
/// <param name="IsReturn">Whether at its return.</param>
/// <param name="Offset">Bytes from its start.</param>
/// <param name="Cookie">A number the program reads with <c>bpf_get_attach_cookie</c> (Linux 5.15); 0 for none.</param>
[SupportedOSPlatform("linux")]
public sealed record Kprobe(string Function, bool IsReturn = false, ulong Offset = 0, ulong Cookie = 0) : KernelAttachPoint
{
    internal override KernelLink AttachProgram(KernelProgram program)
    {
        if (!ProbeSource.Exists("kprobe"))
        {
            throw Absent(program, "this kernel has no kprobes (CONFIG_KPROBES)",
                "trace a tracepoint (RawTracepoint, Tracepoint), or use another kernel");
        }

        BpfHandle probe = ProbeSource.Open("kprobe", Function, Offset, IsReturn, -1, 0, out int errno) ??
            throw Refused(program, "perf_event_open", errno, errno switch
            {
                Errno.Enoent => "this kernel has no such function; /proc/kallsyms lists those it has",
                Errno.Einval => "the function is on the kernel's blacklist, or the offset is no instruction",

                _ => null,
            });
        return PerfAttachment.TryAttach(program, probe, this, Cookie, out string command, out errno)
            ?? throw Refused(program, command, errno);
    }
}
