using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>Kinds of perf event (the kernel's <c>enum perf_type_id</c>).</summary>
public enum PerfEventKind
{
    /// <summary>Counters of the processor.</summary>
    Hardware = 0,
    /// <summary>Counters of the kernel.</summary>
    Software = 1,
    /// <summary>Caches of the processor.</summary>
    HardwareCache = 3,
    /// <summary>Numbers of the processor's own manual.</summary>
    Raw = 4,
    /// <summary>Accesses to an address.</summary>
    Breakpoint = 5,
}

/// <summary>A perf event: the program runs when it overflows.</summary>
/// <remarks>Numbers are those of <c>include/uapi/linux/perf_event.h</c>; the static members make the common ones.</remarks>
[SupportedOSPlatform("linux")]
public sealed record PerfEvent : KernelAttachPoint
{
    /// <summary>Kind of event.</summary>
    public required PerfEventKind Kind { get; init; }

    /// <summary>Number of the event in its kind.</summary>
    public ulong Config { get; init; }

    /// <summary>Process or thread counted; -1 for all (then a CPU must be said), 0 for this thread.</summary>
    public int ProcessId { get; init; } = -1;

    /// <summary>CPU counted; -1 for all (then a process must be said).</summary>
    public int Cpu { get; init; } = -1;

    /// <summary>Overflow after this many events; 0 when <see cref="Frequency"/> is set.</summary>
    public ulong Period { get; init; }

    /// <summary>Overflows per second the kernel aims at; 0 when <see cref="Period"/> is set.</summary>
    public ulong Frequency { get; init; }

    /// <summary>For a breakpoint: its address.</summary>
    public ulong Address { get; init; }

    /// <summary>For a breakpoint: bytes watched (1, 2, 4 or 8).</summary>
    public int Length { get; init; } = 8;

    /// <summary>For a breakpoint: 1 reads, 2 writes, 3 both, 4 execution.</summary>
    public uint Access { get; init; } = 2;

    /// <summary>A number the program reads with <c>bpf_get_attach_cookie</c> (Linux 5.15); 0 for none.</summary>
    public ulong Cookie { get; init; }

    /// <summary>Samples of what a CPU runs, by the kernel's clock: works in virtual machines too.</summary>
    /// <param name="cpu">The CPU.</param>
    /// <param name="frequency">Samples per second.</param>
    public static PerfEvent CpuClock(int cpu, ulong frequency) =>
        new() { Kind = PerfEventKind.Software, Config = 0, Cpu = cpu, Frequency = frequency };

    /// <summary>Page faults of a process.</summary>
    /// <param name="processId">The process or thread.</param>
    /// <param name="period">Overflow after this many.</param>
    public static PerfEvent PageFaults(int processId, ulong period = 1) =>
        new() { Kind = PerfEventKind.Software, Config = 2, ProcessId = processId, Period = period };

    /// <summary>Cycles of a CPU; absent in most virtual machines.</summary>
    /// <param name="cpu">The CPU.</param>
    /// <param name="frequency">Samples per second.</param>
    public static PerfEvent Cycles(int cpu, ulong frequency) =>
        new() { Kind = PerfEventKind.Hardware, Config = 0, Cpu = cpu, Frequency = frequency };

    /// <summary>Writes to an address of a process.</summary>
    /// <param name="processId">The process or thread.</param>
    /// <param name="address">The address.</param>
    /// <param name="length">Bytes watched.</param>
    public static PerfEvent Watchpoint(int processId, ulong address, int length = 8) => new()
    {
        Kind = PerfEventKind.Breakpoint,
        ProcessId = processId,
        Address = address,
        Length = length,
        Period = 1,
    };

    internal override KernelLink AttachProgram(KernelProgram program)
    {
        PerfEventAttr attr = new()
        {
            Type = (uint)Kind,
            Config = Config,
            SamplePeriodOrFrequency = Frequency != 0 ? Frequency : Math.Max(1, Period),
            Flags = Frequency != 0 ? PerfEventOpen.FlagFrequency : 0,
        };
        if (Kind == PerfEventKind.Breakpoint)
        {
            attr.BreakpointType = Access;
            attr.Config1 = Address;
            attr.Config2 = (ulong)Length;
        }

        BpfHandle perfEvent = PerfEventOpen.Open(ref attr, ProcessId, Cpu, out int errno) ??
            throw Refused(program, "perf_event_open", errno, errno switch
            {
                Errno.Enoent => "this machine does not count the event (virtual machines seldom have hardware counters): PerfEvent.CpuClock works everywhere",
                Errno.Einval => "say a process or a CPU, and a period or a frequency",
                Errno.Eacces or Errno.Eperm => "/proc/sys/kernel/perf_event_paranoid forbids it without CAP_PERFMON",
                _ => null,
            });
        return PerfAttachment.TryAttach(program, perfEvent, this, Cookie, out string command, out errno)
            ?? throw Refused(program, command, errno);
    }
}
