using System.Runtime.Versioning;
using BpfSharp.Hosting;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Links;
using BpfSharp.Linux.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Programs;

/// <summary>A program in the kernel.</summary>
[SupportedOSPlatform("linux")]
public sealed partial class KernelProgram : LoadedProgram, IDisposable
{
    private readonly BpfHandle _handle;
    private readonly HashSet<KernelLink> _links = [];

    private KernelProgram(BpfHandle handle, ProgramSpec spec, string log)
    {
        _handle = handle;
        Spec = spec;
        Log = log;
    }

    internal static KernelProgram Of(BpfHandle handle, ProgramSpec spec, string log = "") => new(handle, spec, log);

    /// <inheritdoc/>
    public override ProgramSpec Spec { get; }

    /// <summary>The verifier's log, if one was asked for.</summary>
    public string Log { get; }

    /// <summary>The descriptor, for calls this library does not make; valid until the program is disposed.</summary>
    public int FileDescriptor => _handle.Fd;

    internal BpfHandle Handle => _handle;

    /// <summary>The maps it was loaded beside, by name.</summary>
    internal IReadOnlyDictionary<string, LoadedMap>? Siblings { get; set; }

    internal KernelMap? FindMap(string name) => Siblings is not null && Siblings.TryGetValue(name, out LoadedMap? map) ? map as KernelMap : null;

    /// <summary>A number no other USDT place of the object has.</summary>
    internal uint NextUsdtNumber() => UsdtNumbers.Next(Siblings);

    /// <inheritdoc/>
    /// <remarks>By BPF_PROG_TEST_RUN: the hook is not involved, and not every type has it.</remarks>
    /// <exception cref="KernelException">The type cannot be run this way, or the input does not suit it.</exception>
    public override RunResult Run(RunInput input) => TestRun.Run(Name, Spec.Type, _handle, input);

    /// <summary>Sends frames through an XDP program for real: passed ones go up the stack, redirected ones go out.</summary>
    /// <param name="packet">The frame.</param>
    /// <param name="context">A <c>struct xdp_md</c> whose interface index receives them; may be empty.</param>
    /// <param name="repeat">How many frames.</param>
    /// <param name="batch">How many at once; 0 for the kernel's choice.</param>
    /// <exception cref="KernelException">The kernel refused (it needs Linux 5.18).</exception>
    public void RunLiveFrames(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> context, int repeat, int batch = 0) =>
        TestRun.RunLive(Name, _handle, packet, context, repeat, batch);

    /// <inheritdoc/>
    /// <exception cref="KernelException">The hook does not exist, does not suit the program, or the kernel refused.</exception>
    public override KernelLink Attach(AttachPoint point)
    {
        ArgumentNullException.ThrowIfNull(point);
        if (point is not KernelAttachPoint kernelPoint)
        {
            throw KernelException.Missing("BPF4111", $"program '{Name}'", $"the kernel has no hook {point}",
                "use a hook of BpfSharp.Linux.Links");
        }

        KernelLink link = kernelPoint.AttachProgram(this);
        lock (_links)
        {
            _links.Add(link);
        }

        link.Own(this);
        return link;
    }

    /// <summary>Detaches what was attached through this instance and not pinned, and closes the program.</summary>
    public void Dispose()
    {
        KernelLink[] links;
        lock (_links)
        {
            links = [.. _links];
        }

        foreach (KernelLink link in links)
        {
            link.Dispose();
        }

        _handle.Dispose();
    }

    internal void Forget(KernelLink link)
    {
        lock (_links)
        {
            _links.Remove(link);
        }
    }
}
