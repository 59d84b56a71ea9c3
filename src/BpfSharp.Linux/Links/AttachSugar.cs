using System.Net.Sockets;
using System.Runtime.Versioning;
using BpfSharp.Hosting;
using BpfSharp.Linux.Links;
using BpfSharp.Linux.Maps;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux;

/// <summary>Short forms of <see cref="LoadedProgram.Attach"/> for programs in the kernel. Each throws what that does.</summary>
[SupportedOSPlatform("linux")]
public static class AttachSugar
{
    /// <summary>Attaches an XDP program to an interface.</summary>
    public static KernelLink AttachXdp(this LoadedProgram program, string device, XdpMode mode = XdpMode.Automatic) =>
        Kernel(program).Attach(new Xdp(device, mode));

    /// <summary>Attaches a tc program by a tcx link (Linux 6.6).</summary>
    public static KernelLink AttachTcx(this LoadedProgram program, string device, TrafficDirection direction, LinkOrder? order = null) =>
        Kernel(program).Attach(new Tcx(device, direction, order));

    /// <summary>Attaches a tc program as a filter of the clsact discipline.</summary>
    public static KernelLink AttachTcClassifier(this LoadedProgram program, string device, TrafficDirection direction, ushort priority = 1) =>
        Kernel(program).Attach(new TcClassifier(device, direction, priority));

    /// <summary>Attaches to a cgroup, at the hook the program was loaded for.</summary>
    public static KernelLink AttachCgroup(this LoadedProgram program, string path) => Kernel(program).Attach(new CgroupHook(path));

    /// <summary>Attaches to a static tracepoint.</summary>
    public static KernelLink AttachTracepoint(this LoadedProgram program, string category, string name, ulong cookie = 0) =>
        Kernel(program).Attach(new Tracepoint(category, name, cookie));

    /// <summary>Attaches to a raw tracepoint.</summary>
    public static KernelLink AttachRawTracepoint(this LoadedProgram program, string name, ulong cookie = 0) =>
        Kernel(program).Attach(new RawTracepoint(name, cookie));

    /// <summary>Attaches to a kernel function.</summary>
    public static KernelLink AttachKprobe(this LoadedProgram program, string function, bool atReturn = false, ulong cookie = 0) =>
        Kernel(program).Attach(new Kprobe(function, atReturn, 0, cookie));

    /// <summary>Attaches to a function of a program or library.</summary>
    public static KernelLink AttachUprobe(
        this LoadedProgram program, string path, string function, bool atReturn = false, int processId = -1, ulong cookie = 0) =>
        Kernel(program).Attach(new Uprobe(path, function, atReturn, 0, processId, cookie));

    /// <summary>Attaches to what the program was loaded for: tp_btf, fentry, fexit, fmod_ret, LSM.</summary>
    public static KernelLink AttachToLoadTarget(this LoadedProgram program, ulong cookie = 0) => Kernel(program).Attach(new LoadTarget(cookie));

    /// <summary>Attaches to a perf event.</summary>
    public static KernelLink AttachPerfEvent(this LoadedProgram program, PerfEvent perfEvent) => Kernel(program).Attach(perfEvent);

    /// <summary>Attaches an iterator, to be read with <see cref="IteratorReading.OpenStream"/>.</summary>
    public static KernelLink AttachIterator(this LoadedProgram program, Iterator? iterator = null) =>
        Kernel(program).Attach(iterator ?? new Iterator());

    /// <summary>Attaches to a netfilter hook.</summary>
    public static KernelLink AttachNetfilter(this LoadedProgram program, NetfilterHook hook, int priority = 0) =>
        Kernel(program).Attach(new Netfilter(hook, priority));

    /// <summary>Attaches to the sockets of a map.</summary>
    public static KernelLink AttachSocketMap(this LoadedProgram program, LoadedMap map) =>
        Kernel(program).Attach(new SocketMap((KernelMap)map));

    /// <summary>Attaches to a socket: filters, and selectors of reuseport groups.</summary>
    public static KernelLink AttachSocket(this LoadedProgram program, Socket socket) => Kernel(program).Attach(new SocketHook(socket));

    private static KernelProgram Kernel(LoadedProgram program) => program as KernelProgram
        ?? throw new ArgumentException($"program '{program?.Name}' does not live in the kernel: load it with BpfHost.Kernel", nameof(program));
}
