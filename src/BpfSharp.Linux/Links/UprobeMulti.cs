using System.Collections.Immutable;
using System.Runtime.Versioning;
using System.Text;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;
using BpfSharp.Linux.Symbols;

namespace BpfSharp.Linux.Links;

/// <summary>Many functions of one file in one attachment (Linux 6.6; session: 6.13).</summary>
/// <param name="Path">The file; a bare name such as <c>libc.so.6</c> is looked up where the loader would.</param>
[SupportedOSPlatform("linux")]
public sealed record UprobeMulti(string Path) : KernelAttachPoint
{
    private const uint FlagReturn = 1;

    /// <summary>Symbols; all are found, or none is attached.</summary>
    public ImmutableArray<string> Functions { get; init; } = [];

    /// <summary>Or a pattern (<c>*</c> and <c>?</c>) over the file's function symbols.</summary>
    public string? Pattern { get; init; }

    /// <summary>Offsets in the file, beside or instead of symbols.</summary>
    public ImmutableArray<ulong> Offsets { get; init; } = [];

    /// <summary>Whether at their return.</summary>
    public bool IsReturn { get; init; }

    /// <summary>Only this process; -1 for all, 0 for this one.</summary>
    public int ProcessId { get; init; } = -1;

    /// <summary>A number per function that the program reads with <c>bpf_get_attach_cookie</c>; empty for none.</summary>
    public ImmutableArray<ulong> Cookies { get; init; } = [];

    /// <summary>File offset of a counter per function (USDT semaphores), 0 for none; empty for none at all.</summary>
    public ImmutableArray<ulong> CounterOffsets { get; init; } = [];

    internal override unsafe KernelLink AttachProgram(KernelProgram program)
    {
        string path = LibraryPath.Find(Path) ?? throw Absent(program, $"there is no file {Path}");
        IEnumerable<ulong> byPattern = Pattern is null ? [] : ElfSymbols.FileOffsetsMatching(path, Pattern);
        ulong[] offsets = [.. Functions.Select(f => ElfSymbols.FileOffset(path, f, program.Name)), .. byPattern, .. Offsets];
        if (offsets.Length == 0)
        {
            throw Absent(program, "no function was named or matches");
        }

        if ((!Cookies.IsEmpty && Cookies.Length != offsets.Length) || (!CounterOffsets.IsEmpty && CounterOffsets.Length != offsets.Length))
        {
            throw new ArgumentException($"cookies and counters must be as many as functions ({offsets.Length})");
        }

        bool session = program.Spec.AttachType == AttachType.TraceUprobeSession;
        fixed (byte* pathPointer = Encoding.UTF8.GetBytes(path + '\0'))
        fixed (ulong* offsetPointer = offsets)
        fixed (ulong* cookies = Cookies.AsSpan())
        fixed (ulong* counters = CounterOffsets.AsSpan())
        {
            LinkCreateAttr attr = new()
            {
                ProgFd = (uint)program.FileDescriptor,
                AttachType = (uint)(session ? AttachType.TraceUprobeSession : AttachType.TraceUprobeMulti),
                UprobePath = (ulong)pathPointer,
                UprobeOffsets = (ulong)offsetPointer,
                UprobeCookies = (ulong)cookies,
                UprobeRefCtrOffsets = (ulong)counters,
                UprobeCount = (uint)offsets.Length,
                UprobeFlags = IsReturn ? FlagReturn : 0,
                UprobePid = ProcessId < 0 ? 0 : ProcessId == 0 ? (uint)Environment.ProcessId : (uint)ProcessId,
            };
            return BpfLink.TryCreate(ref attr, this, out int errno) ?? throw Refused(program, "BPF_LINK_CREATE", errno, errno switch
            {
                Errno.Einval => "the program must be loaded for uprobe.multi (expected attach type), on Linux 6.6 or newer",
                Errno.Esrch => "there is no such process",
                _ => null,
            });
        }
    }
}
