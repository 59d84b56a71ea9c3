using BpfSharp.Objects;
using BpfSharp.Runtime.Faults;
using BpfSharp.Runtime.Interpreter;
using BpfSharp.Runtime.Jit;
using BpfSharp.Runtime.Memory;
using BpfSharp.Verifier;

namespace BpfSharp.Runtime.Hosting;

/// <summary>A program as engines run it: what program arrays hold and tail calls start.</summary>
internal sealed unsafe partial class RuntimeProgram
{
    // Compiling costs about as much as this many interpreted runs of a small program.
    private const int RunsBeforeJit = 16;

    private volatile CompiledProgram? _compiled;
    private volatile string? _noJit;
    private int _runs;
    private int _queued;

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its object.</summary>
    public required RuntimeObject Object { get; init; }

    /// <summary>Its type: only programs of one type may tail-call each other.</summary>
    public required BpfSharp.Hooks.ProgramType Type { get; init; }

    /// <summary>How its context lies in memory.</summary>
    public ContextShape Shape { get; init; } = ContextShape.Plain;

    /// <summary>What was loaded, for messages.</summary>
    public ProgramSpec? Spec { get; init; }

    /// <summary>The verifier's proof; without it everything is checked.</summary>
    public VerifiedProgram? Proof { get; init; }

    /// <summary>
    /// Whether it runs checked; <see langword="false"/> only for what the verifier accepted without a condition. The JIT tests less:
    /// see <see cref="ChecksEverything"/>.
    /// </summary>
    public bool IsChecked => ChecksEverything || Proof!.Facts.CheckedAccesses.Length > 0;

    /// <summary>Whether native code tests every access and counts steps; else only what the proof says is tested.</summary>
    public bool ChecksEverything => Proof is null || Proof.Facts.NeedsFuel;

    /// <summary>The test that the proof demands of an instruction; null for none.</summary>
    /// <param name="code">The instruction.</param>
    public CheckedAccess? FindCheck(Interpreter.Code* code)
    {
        if (ChecksEverything || Proof!.Facts.CheckedAccesses is not { Length: > 0 } accesses)
        {
            return null;
        }

        int slot = Image.SlotOf(code);
        foreach (CheckedAccess access in accesses)
        {
            if (access.Slot == slot)
            {
                return access;
            }
        }

        return null;
    }

    /// <summary>What the next run uses: <c>JIT</c> or <c>interpreter</c>, with the reason if the JIT cannot be used.</summary>
    public string Engine => _compiled is not null ? "JIT"
        : Choice != EngineChoice.Interpreter && _noJit is { } reason ? $"interpreter ({reason})" : "interpreter";

    /// <summary>What was asked for.</summary>
    public EngineChoice Choice { get; init; }

    /// <summary>Its instructions as engines read them.</summary>
    public CodeImage Image { get; set; } = null!;

    /// <summary>Starts the program on a leased context. A fault comes back as data.</summary>
    /// <param name="run">The run; its fuel, packet and context are set.</param>
    /// <param name="r1">First argument: the context.</param>
    /// <param name="r2">Second argument, for programs on plain memory: its length.</param>
    /// <param name="fault">Why it was stopped, or <see langword="null"/>.</param>
    /// <returns>r0.</returns>
    public ulong Start(RunContext run, ulong r1, ulong r2, out ProgramFault? fault)
    {
        run.Program = this;
        run.IsChecked = IsChecked;
        run.Frame = run.StackBase;
        run.FrameLimit = run.StackBase + RunContext.MaxFrames * RunContext.FrameBytes;
        run.TailCalls = 0;
        run.Ip = null;
        try
        {
            fault = null;
            return Enter(run, r1, r2);
        }
        catch (ProgramFault stopped)
        {
            fault = stopped;
            run.ReleaseHeld();
            run.Object = Object;
            run.Frame = run.StackBase;
            return 0;
        }
    }

    /// <summary>Index of the function that takes what the program throws; -1 if it has none.</summary>
    public int ExceptionCallback { get; set; } = -1;

    /// <summary>Calls its main function. What the program throws ends here: its callback's answer, or the cookie, is the result.</summary>
    public ulong Enter(RunContext run, ulong r1, ulong r2)
    {
        byte* frame = run.Frame;
        try
        {
            return Call(run, 0, r1, r2, 0, 0, 0);
        }
        catch (ProgramThrow thrown)
        {
            // All frames between are gone; tail calls undone on the way out had their own catch.
            run.Frame = frame;
            return ExceptionCallback < 0 ? thrown.Cookie : Call(run, ExceptionCallback, thrown.Cookie, 0, 0, 0, 0);
        }
    }

    /// <summary>Calls one of its functions in the next frame, on the engine that is ready.</summary>
    public ulong Call(RunContext run, int function, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        FunctionRange range = Image.Functions[function];
        if (IsChecked)
        {
            run.Burn(range.Slots);
        }

        if (_compiled is { } compiled)
        {
            byte* frame = run.Frame + RunContext.FrameBytes;
            if (frame > run.FrameLimit)
            {
                run.Stop(FaultKind.CallDepth);
            }

            run.Frame = frame;
            ulong result = ((delegate*<RunContext, byte*, ulong, ulong, ulong, ulong, ulong, ulong>)compiled.Entries[function])(
                run, frame, r1, r2, r3, r4, r5);
            run.Frame = frame - RunContext.FrameBytes;
            GC.KeepAlive(compiled);
            return result;
        }

        ulong* arguments = stackalloc ulong[] { r1, r2, r3, r4, r5 };
        if (Object.Trace is not null || (ObservedMode.Observer is not null && IsChecked))
        {
            return ProgramInterpreter.Run<ObservedMode>(run, Image.Start + range.StartIndex, arguments);
        }

        return IsChecked
            ? ProgramInterpreter.Run<CheckedMode>(run, Image.FusedStart + range.StartIndex, arguments)
            : ProgramInterpreter.Run<UncheckedMode>(run, Image.FusedStart + range.StartIndex, arguments);
    }

    /// <summary>
    /// The program's native code for hooks that run it in a loop, null if not compiled. Arguments: the run, the top of its first frame
    /// (<c>run.Frame</c> set to it), r1 to r5. The caller keeps the object alive and sets the fuel.
    /// </summary>
    public delegate*<RunContext, byte*, ulong, ulong, ulong, ulong, ulong, ulong> EntryPoint
        => _compiled is { } compiled
            ? (delegate*<RunContext, byte*, ulong, ulong, ulong, ulong, ulong, ulong>)compiled.Entries[0] : null;

    /// <summary>Compiles now; the next run is native.</summary>
    /// <returns><see langword="false"/> if it cannot be done here; <see cref="Engine"/> says why.</returns>
    public bool TryCompile()
    {
        if (!JitQueue.IsSupported)
        {
            _noJit = "this process cannot make code at run time";
            return false;
        }

        try
        {
            _compiled = ProgramCompiler.Compile(this);
            return true;
        }
#pragma warning disable CA1031 // whatever goes wrong in there, the interpreter can run the program
        catch (Exception e)
#pragma warning restore CA1031
        {
            _noJit = $"the JIT failed: {e.GetType().Name}: {e.Message}";
            return false;
        }
    }

    /// <summary>Counts runs; a program that is run often is compiled in the background.</summary>
    public void NoteRuns(int count)
    {
        if (Choice == EngineChoice.Tiered && _compiled is null && _noJit is null
            && Volatile.Read(ref _runs) < RunsBeforeJit && (_runs += count) >= RunsBeforeJit
            && Interlocked.Exchange(ref _queued, 1) == 0)
        {
            if (JitQueue.IsSupported)
            {
                JitQueue.Add(this);
            }
            else
            {
                TryCompile();
            }
        }
    }
}
