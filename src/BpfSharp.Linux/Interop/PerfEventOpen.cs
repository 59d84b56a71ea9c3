using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace BpfSharp.Linux.Interop;

/// <summary><c>struct perf_event_attr</c> (<c>include/uapi/linux/perf_event.h</c>, version 7: 128 bytes).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PerfEventAttr
{
    public uint Type;
    public uint Size;
    public ulong Config;
    public ulong SamplePeriodOrFrequency;
    public ulong SampleType;
    public ulong ReadFormat;
    public ulong Flags;
    public uint WakeupEventsOrWatermark;
    public uint BreakpointType;
    public ulong Config1;
    public ulong Config2;
    public ulong BranchSampleType;
    public ulong SampleRegsUser;
    public uint SampleStackUser;
    public int ClockId;
    public ulong SampleRegsInterrupt;
    public uint AuxWatermark;
    public ushort SampleMaxStack;
    private readonly ushort _reserved2;
    public uint AuxSampleSize;
    private readonly uint _reserved3;
    public ulong SignalData;
}

/// <summary>perf_event_open(2).</summary>
[SupportedOSPlatform("linux")]
internal static unsafe class PerfEventOpen
{
    internal const uint TypeSoftware = 1;
    internal const uint TypeTracepoint = 2;
    internal const uint TypeBreakpoint = 5;
    internal const ulong SoftwareBpfOutput = 10;
    internal const ulong FlagFrequency = 1ul << 10;
    internal const ulong FlagWatermark = 1ul << 14;
    internal const ulong FlagWriteBackward = 1ul << 27;
    internal const uint SampleRaw = 1u << 10;
    internal const nuint IoctlEnable = 0x2400;
    internal const nuint IoctlDisable = 0x2401;
    internal const nuint IoctlPauseOutput = 0x40042409;
    internal const nuint IoctlSetBpf = 0x40042408;

    private const int CloseOnExec = 8;

    private static readonly long s_number = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 298,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 241,
        Architecture.X86 => 336,
        Architecture.Arm or Architecture.Armv6 => 364,
        Architecture.S390x => 331,
        Architecture.Ppc64le => 319,
        Architecture.Wasm or _ => throw new PlatformNotSupportedException("perf_event_open(2) has no number on this architecture"),
    };

    /// <summary>Opens an event.</summary>
    /// <returns>It, or <see langword="null"/> with the errno.</returns>
    internal static BpfHandle? Open(ref PerfEventAttr attr, int pid, int cpu, out int errno)
    {
        attr.Size = (uint)sizeof(PerfEventAttr);
        fixed (PerfEventAttr* pointer = &attr)
        {
            long fd = Libc.Syscall(s_number, (nint)pointer, pid, cpu, -1, CloseOnExec, 0);
            errno = fd < 0 ? Marshal.GetLastPInvokeError() : 0;
            return fd < 0 ? null : BpfHandle.Of((int)fd);
        }
    }
}
