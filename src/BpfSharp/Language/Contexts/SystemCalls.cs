using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfSharp.Language;

/// <summary>The record of the tracepoints <c>syscalls:sys_enter_*</c> and <c>raw_syscalls:sys_enter</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SystemCallEnter
{
    private readonly ulong _common;

    /// <summary>Number of the system call.</summary>
    public long Number;

    /// <summary>Its arguments.</summary>
    public SystemCallArguments Arguments;
}

/// <summary>The record of the tracepoints <c>syscalls:sys_exit_*</c> and <c>raw_syscalls:sys_exit</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SystemCallExit
{
    private readonly ulong _common;

    /// <summary>Number of the system call.</summary>
    public long Number;

    /// <summary>What it returned; a negative errno on failure.</summary>
    public long Result;
}

/// <summary>Six arguments of a system call.</summary>
[InlineArray(6)]
public struct SystemCallArguments
{
    private ulong _first;
}
