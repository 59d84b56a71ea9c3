using BpfSharp.Hosting;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Hooks;

/// <summary>What a program type needs around a run: its context in native memory, its packet, and what is left afterwards.</summary>
/// <remarks>One object per type, without state of a run: everything of a run is in its <see cref="RunContext"/>.</remarks>
internal abstract class RunEnvironment
{
    /// <summary>How the context lies in native memory.</summary>
    public abstract ContextShape Shape { get; }

    /// <summary>
    /// Whether a context this environment makes is what the verifier takes for granted, so that accepted programs may run
    /// unchecked: no kernel pointers in it, and at least as many bytes as the type's rules let a program read.
    /// </summary>
    public virtual bool SuitsUncheckedRuns => false;

    /// <summary>Lays out context and packet for a run.</summary>
    /// <param name="run">A leased context; fresh.</param>
    /// <param name="input">What the caller gave.</param>
    /// <returns>The second argument of the program (r2): the length of plain memory; else 0.</returns>
    /// <exception cref="ArgumentException">The input does not fit the type; the message says what does.</exception>
    public abstract ulong Prepare(RunContext run, RunInput input);

    /// <summary>Takes what the program left: packet and context.</summary>
    public abstract RunResult Collect(RunContext run, RunInput input, ulong returnValue);
}
