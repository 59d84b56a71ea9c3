using System.Runtime.Versioning;
using BpfSharp.Hosting;
using BpfSharp.Linux.Interop;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Programs;

/// <summary>A program in the kernel.</summary>
[SupportedOSPlatform("linux")]
public sealed partial class KernelProgram : LoadedProgram, IDisposable
{
    private readonly BpfHandle _handle;

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
    public override Link Attach(AttachPoint point) => throw new NotSupportedException($"no hook for {point}");

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
