using BpfSharp.Runtime.Faults;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Hosting;

/// <content>Callbacks that run on their own: timers.</content>
internal sealed unsafe partial class RuntimeProgram
{
    /// <summary>Runs a callback of the program on a leased context. A fault stops it and is told to the object's trace sink.</summary>
    /// <param name="run">The run; its fuel is set.</param>
    /// <param name="function">What the program loaded as the callback's address.</param>
    /// <param name="r1">First argument.</param>
    /// <param name="r2">Second argument.</param>
    /// <param name="r3">Third argument.</param>
    public void StartCallback(RunContext run, ulong function, ulong r1, ulong r2, ulong r3)
    {
        run.Program = this;
        run.IsChecked = IsChecked;
        run.Frame = run.StackBase;
        run.FrameLimit = run.StackBase + (RunContext.MaxFrames * RunContext.FrameBytes);
        run.TailCalls = 0;
        run.Ip = null;
        try
        {
            Object.CallFunction(run, function, r1, r2, r3, 0, 0);
        }
        catch (ProgramThrow)
        {
            // The kernel's verifier allows no throw in a callback; a program nobody verified gets no further with it.
            run.Frame = run.StackBase;
            Object.CountCallbackFault();
            Object.TraceSink?.Invoke($"a timer callback of {Name} threw");
        }
        catch (ProgramFault stopped)
        {
            run.ReleaseHeld();
            run.Frame = run.StackBase;
            Object.CountCallbackFault();
            Object.TraceSink?.Invoke($"a timer callback of {Name} was stopped: {stopped.Message}");
        }
    }
}
