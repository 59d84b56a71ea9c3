using BpfSharp.Objects;
using BpfSharp.Runtime.Faults;
using BpfSharp.Runtime.Interpreter;
using BpfSharp.Runtime.Memory;
using BpfSharp.Verifier;

namespace BpfSharp.Runtime.Hosting;

/// <summary>A program as engines run it: what program arrays hold and tail calls start.</summary>
internal sealed unsafe partial class RuntimeProgram
{
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

    /// <summary>Whether it runs checked; <see langword="false"/> only for what the verifier accepted.</summary>
    public bool IsChecked => Proof is null;

    /// <summary>What the next run uses.</summary>
    public string Engine { get; private set; } = "interpreter";

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
            return Call(run, 0, r1, r2, 0, 0, 0);
        }
        catch (ProgramFault stopped)
        {
            fault = stopped;
            run.ReleaseHeld();
            run.Frame = run.StackBase;
            return 0;
        }
    }

    /// <summary>Calls one of its functions in the next frame, on the engine that is ready.</summary>
    public ulong Call(RunContext run, int function, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        ulong* arguments = stackalloc ulong[] { r1, r2, r3, r4, r5 };
        FunctionRange range = Image.Functions[function];
        if (IsChecked)
        {
            run.Burn(range.Slots);
            return ProgramInterpreter.Run<CheckedMode>(run, Image.Start + range.StartIndex, arguments);
        }

        return ProgramInterpreter.Run<UncheckedMode>(run, Image.Start + range.StartIndex, arguments);
    }
}
