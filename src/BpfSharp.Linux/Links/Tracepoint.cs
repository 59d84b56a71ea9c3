using System.Globalization;
using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>A static tracepoint, with its formatted record as context.</summary>
/// <param name="Category">Its group, for example <c>sched</c> or <c>syscalls</c>.</param>
/// <param name="Name">Its name, for example <c>sched_switch</c>.</param>
/// <param name="Cookie">A number the program reads with <c>bpf_get_attach_cookie</c> (Linux 5.15); 0 for none.</param>
[SupportedOSPlatform("linux")]
public sealed record Tracepoint(string Category, string Name, ulong Cookie = 0) : KernelAttachPoint
{
    internal override KernelLink AttachProgram(KernelProgram program)
    {
        PerfEventAttr attr = new()
        {
            Type = PerfEventOpen.TypeTracepoint,
            Config = ReadId(program),
            SamplePeriodOrFrequency = 1,
            WakeupEventsOrWatermark = 1,
        };
        BpfHandle perfEvent = PerfEventOpen.Open(ref attr, -1, 0, out int errno) ?? throw Refused(program, "perf_event_open", errno);
        return PerfAttachment.TryAttach(program, perfEvent, this, Cookie, out string command, out errno)
            ?? throw Refused(program, command, errno, errno == Errno.Einval && Cookie != 0 ? "cookies need Linux 5.15" : null);
    }

    private ulong ReadId(KernelProgram program)
    {
        string tracing = FileSystem.TracingDirectory ?? throw Absent(program, "tracefs is not mounted",
            "mount it: mount -t tracefs tracefs /sys/kernel/tracing");
        string path = Path.Combine(tracing, "events", Category, Name, "id");
        try
        {
            return ulong.Parse(File.ReadAllText(path).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            string group = Path.Combine(tracing, "events", Category);
            throw Absent(program, "this kernel has no such tracepoint", Directory.Exists(group)
                ? $"group {Category} has {Directory.GetDirectories(group).Length} others in {group}"
                : $"it has no group {Category} either; {Path.Combine(tracing, "events")} lists the groups");
        }
        catch (UnauthorizedAccessException)
        {
            throw Absent(program, $"{path} may not be read", "run as root, or give the process CAP_DAC_READ_SEARCH");
        }
    }
}
