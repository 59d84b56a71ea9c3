using BpfSharp.Hooks;

namespace BpfSharp.Language;

/// <summary>Runs when a kernel function is entered.</summary>
/// <param name="function">The kernel function, optionally with <c>+offset</c>.</param>
[BpfProgramKind(ProgramType.Kprobe, "kprobe/{0}", Target = "{0}")]
public sealed class KprobeAttribute(string function) : BpfProgramAttribute
{
    /// <summary>The kernel function, optionally with <c>+offset</c>.</summary>
    public string Function { get; } = function;
}

/// <summary>Runs when a kernel function returns.</summary>
/// <param name="function">The kernel function.</param>
[BpfProgramKind(ProgramType.Kprobe, "kretprobe/{0}", Target = "{0}")]
public sealed class KretProbeAttribute(string function) : BpfProgramAttribute
{
    /// <summary>The kernel function.</summary>
    public string Function { get; } = function;
}

/// <summary>Runs when any of many kernel functions is entered (since Linux 5.18).</summary>
/// <param name="pattern">Name pattern with <c>*</c> and <c>?</c>.</param>
[BpfProgramKind(ProgramType.Kprobe, "kprobe.multi/{0}", Target = "{0}", Attach = (int)AttachType.TraceKprobeMulti)]
public sealed class KprobeMultiAttribute(string pattern) : BpfProgramAttribute
{
    /// <summary>Name pattern with <c>*</c> and <c>?</c>.</summary>
    public string Pattern { get; } = pattern;
}

/// <summary>Runs when any of many kernel functions returns (since Linux 5.18).</summary>
/// <param name="pattern">Name pattern with <c>*</c> and <c>?</c>.</param>
[BpfProgramKind(ProgramType.Kprobe, "kretprobe.multi/{0}", Target = "{0}", Attach = (int)AttachType.TraceKprobeMulti)]
public sealed class KretProbeMultiAttribute(string pattern) : BpfProgramAttribute
{
    /// <summary>Name pattern with <c>*</c> and <c>?</c>.</summary>
    public string Pattern { get; } = pattern;
}

/// <summary>Runs at entry and return of many kernel functions (since Linux 6.10).</summary>
/// <param name="pattern">Name pattern with <c>*</c> and <c>?</c>.</param>
[BpfProgramKind(ProgramType.Kprobe, "kprobe.session/{0}",
    Target = "{0}", Attach = (int)AttachType.TraceKprobeSession)]
public sealed class KprobeSessionAttribute(string pattern) : BpfProgramAttribute
{
    /// <summary>Name pattern with <c>*</c> and <c>?</c>.</summary>
    public string Pattern { get; } = pattern;
}

/// <summary>Runs when a system call's kernel function is entered.</summary>
/// <param name="syscall">The system call, without prefix.</param>
[BpfProgramKind(ProgramType.Kprobe, "ksyscall/{0}", Target = "{0}")]
public sealed class KsyscallAttribute(string syscall) : BpfProgramAttribute
{
    /// <summary>The system call, without prefix.</summary>
    public string Syscall { get; } = syscall;
}

/// <summary>Runs when a system call's kernel function returns.</summary>
/// <param name="syscall">The system call, without prefix.</param>
[BpfProgramKind(ProgramType.Kprobe, "kretsyscall/{0}", Target = "{0}")]
public sealed class KretSyscallAttribute(string syscall) : BpfProgramAttribute
{
    /// <summary>The system call, without prefix.</summary>
    public string Syscall { get; } = syscall;
}

/// <summary>Runs when a function of a user-space binary is entered.</summary>
/// <param name="binary">Path of the executable or library.</param>
/// <param name="function">Symbol, optionally with <c>+offset</c>.</param>
[BpfProgramKind(ProgramType.Kprobe, "uprobe/{0}:{1}", Target = "{0}:{1}")]
public sealed class UprobeAttribute(string binary, string function) : BpfProgramAttribute
{
    /// <summary>Path of the executable or library.</summary>
    public string Binary { get; } = binary;

    /// <summary>Symbol, optionally with <c>+offset</c>.</summary>
    public string Function { get; } = function;
}

/// <summary>Runs when a function of a user-space binary returns.</summary>
/// <param name="binary">Path of the executable or library.</param>
/// <param name="function">Symbol.</param>
[BpfProgramKind(ProgramType.Kprobe, "uretprobe/{0}:{1}", Target = "{0}:{1}")]
public sealed class UretProbeAttribute(string binary, string function) : BpfProgramAttribute
{
    /// <summary>Path of the executable or library.</summary>
    public string Binary { get; } = binary;

    /// <summary>Symbol.</summary>
    public string Function { get; } = function;
}

/// <summary>Runs at a static trace point of a user-space binary.</summary>
/// <param name="binary">Path of the executable or library.</param>
/// <param name="provider">The point's provider.</param>
/// <param name="point">The point's name.</param>
[BpfProgramKind(ProgramType.Kprobe, "usdt/{0}:{1}:{2}", Target = "{0}:{1}:{2}")]
public sealed class UsdtAttribute(string binary, string provider, string point) : BpfProgramAttribute
{
    /// <summary>Path of the executable or library.</summary>
    public string Binary { get; } = binary;

    /// <summary>The point's provider.</summary>
    public string Provider { get; } = provider;

    /// <summary>The point's name.</summary>
    public string Point { get; } = point;
}

/// <summary>Runs at a static kernel tracepoint.</summary>
/// <param name="category">For example <c>sched</c>.</param>
/// <param name="point">For example <c>sched_switch</c>.</param>
[BpfProgramKind(ProgramType.Tracepoint, "tracepoint/{0}/{1}", Target = "{0}/{1}")]
public sealed class TracepointAttribute(string category, string point) : BpfProgramAttribute
{
    /// <summary>For example <c>sched</c>.</summary>
    public string Category { get; } = category;

    /// <summary>For example <c>sched_switch</c>.</summary>
    public string Point { get; } = point;
}

/// <summary>Runs at a kernel tracepoint with its raw arguments.</summary>
/// <param name="point">The tracepoint's name.</param>
[BpfProgramKind(ProgramType.RawTracepoint, "raw_tracepoint/{0}", Target = "{0}")]
public sealed class RawTracepointAttribute(string point) : BpfProgramAttribute
{
    /// <summary>The tracepoint's name.</summary>
    public string Point { get; } = point;
}

/// <summary>Runs at a kernel tracepoint whose buffer it may write.</summary>
/// <param name="point">The tracepoint's name.</param>
[BpfProgramKind(ProgramType.RawTracepointWritable, "raw_tracepoint.w/{0}", Target = "{0}")]
public sealed class RawTracepointWritableAttribute(string point) : BpfProgramAttribute
{
    /// <summary>The tracepoint's name.</summary>
    public string Point { get; } = point;
}

/// <summary>Runs at a kernel tracepoint with typed arguments.</summary>
/// <param name="point">The tracepoint's name.</param>
[BpfProgramKind(ProgramType.Tracing, "tp_btf/{0}",
    Target = "{0}", Attach = (int)AttachType.TraceRawTp, TypedParameters = true, DirectKernelReads = true)]
public sealed class BtfTracepointAttribute(string point) : BpfProgramAttribute
{
    /// <summary>The tracepoint's name.</summary>
    public string Point { get; } = point;
}

/// <summary>Runs when a kernel function is entered, with its typed arguments.</summary>
/// <param name="function">The kernel function.</param>
[BpfProgramKind(ProgramType.Tracing, "fentry/{0}",
    Target = "{0}", Attach = (int)AttachType.TraceFentry, TypedParameters = true, DirectKernelReads = true)]
public sealed class FunctionEntryAttribute(string function) : BpfProgramAttribute
{
    /// <summary>The kernel function.</summary>
    public string Function { get; } = function;
}

/// <summary>Runs when a kernel function returns, with its typed arguments and return value.</summary>
/// <param name="function">The kernel function.</param>
[BpfProgramKind(ProgramType.Tracing, "fexit/{0}",
    Target = "{0}", Attach = (int)AttachType.TraceFexit, TypedParameters = true, DirectKernelReads = true)]
public sealed class FunctionExitAttribute(string function) : BpfProgramAttribute
{
    /// <summary>The kernel function.</summary>
    public string Function { get; } = function;
}

/// <summary>May replace the return value of a kernel function that allows it.</summary>
/// <param name="function">The kernel function.</param>
[BpfProgramKind(ProgramType.Tracing, "fmod_ret/{0}",
    Target = "{0}", Attach = (int)AttachType.ModifyReturn, TypedParameters = true, DirectKernelReads = true)]
public sealed class ModifyReturnAttribute(string function) : BpfProgramAttribute
{
    /// <summary>The kernel function.</summary>
    public string Function { get; } = function;
}

/// <summary>Runs for each element of a kernel iterator (<c>task</c>, <c>bpf_map</c>, <c>tcp</c> …).</summary>
/// <param name="kind">The iterator's name.</param>
[BpfProgramKind(ProgramType.Tracing, "iter/{0}",
    Target = "{0}", Attach = (int)AttachType.TraceIter, DirectKernelReads = true)]
public sealed class IteratorAttribute(string kind) : BpfProgramAttribute
{
    /// <summary>The iterator's name.</summary>
    public string Kind { get; } = kind;
}

/// <summary>Runs at each overflow of a perf event.</summary>
[BpfProgramKind(ProgramType.PerfEvent, "perf_event", Attach = (int)AttachType.PerfEvent)]
public sealed class PerfEventAttribute : BpfProgramAttribute;
