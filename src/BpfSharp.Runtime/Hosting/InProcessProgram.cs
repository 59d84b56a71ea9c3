using System.Diagnostics;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Objects;
using BpfSharp.Runtime.Faults;
using BpfSharp.Runtime.Hooks;
using BpfSharp.Runtime.Memory;
using BpfSharp.Verifier;

namespace BpfSharp.Runtime.Hosting;

/// <summary>A program loaded in process. Runs on any number of threads at once.</summary>
public sealed class InProcessProgram : LoadedProgram
{
    private readonly RunEnvironment _environment;
    private readonly long _fuel;

    internal InProcessProgram(
        ProgramSpec spec, RuntimeProgram code, RunEnvironment environment, long fuel, VerificationResult? verification)
    {
        Spec = spec;
        Code = code;
        _environment = environment;
        _fuel = fuel;
        Verification = verification;
    }

    /// <inheritdoc/>
    public override ProgramSpec Spec { get; }

    /// <summary>What the verifier said; <see langword="null"/> if it was not asked.</summary>
    public VerificationResult? Verification { get; }

    /// <summary>
    /// Whether accesses are checked while it runs: all of them, arguments and steps too; or, where <see cref="Verification"/> accepted
    /// it on that condition, those its findings name (native code then checks no others).
    /// </summary>
    public bool IsChecked => Code.IsChecked;

    /// <summary>What the next run uses: <c>interpreter</c> or <c>JIT</c>.</summary>
    public string Engine => Code.Engine;

    internal RuntimeProgram Code { get; }

    internal RunEnvironment Environment => _environment;

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    /// <exception cref="ArgumentException">The input does not fit the program's type.</exception>
    public override RunResult Run(RunInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentOutOfRangeException.ThrowIfLessThan(input.Repeat, 1);
        RunContext run = RunContext.Lease(Code.Object);
        try
        {
            return Run(run, input);
        }
        finally
        {
            RunContext.Return(run);
        }
    }

    /// <inheritdoc/>
    public override Link Attach(AttachPoint point)
    {
        ArgumentNullException.ThrowIfNull(point);
        return point is InProcessAttachPoint hook
            ? hook.Attach(this)
            : throw new BpfException(new Finding
            {
                Id = "BPF4202",
                Program = Name,
                Message = $"{point} is no hook of this process",
                Suggestion = "load the object in the kernel (BpfHost.Kernel), or attach to a hook of this process",
            });
    }

    private unsafe RunResult Run(RunContext run, RunInput input)
    {
        Code.NoteRuns(input.Repeat);
        ulong second = _environment.Prepare(run, input);
        ulong returned = 0;
        ProgramFault? fault = null;
        long start = Stopwatch.GetTimestamp();
        int done = 0;
        while (done < input.Repeat && fault is null)
        {
            run.Fuel = _fuel;
            returned = Code.Start(run, (ulong)run.Context, second, out fault);
            done++;
        }

        TimeSpan duration = Stopwatch.GetElapsedTime(start) / done;
        return _environment.Collect(run, input, returned) with
        {
            Duration = duration,
            Fault = fault is null ? null : FaultFindings.Describe(fault, run, Code),
        };
    }
}
