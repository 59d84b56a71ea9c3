using BpfSharp.Runtime.Hosting;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Interpreter;

/// <summary>Whether an engine checks; a type argument, so that each form is compiled without the other's code.</summary>
internal interface IMode
{
    /// <summary>Whether memory, arguments and steps are checked.</summary>
    static abstract bool IsChecked { get; }

    /// <summary>Whether each instruction is shown to an observer before it runs.</summary>
    static abstract bool IsObserved { get; }
}

/// <summary>Everything is checked: for programs nobody verified.</summary>
internal readonly struct CheckedMode : IMode
{
    /// <inheritdoc/>
    public static bool IsChecked => true;

    /// <inheritdoc/>
    public static bool IsObserved => false;
}

/// <summary>As <see cref="CheckedMode"/>, and every instruction is shown: to <see cref="RuntimeOptions.Trace"/>, and to tests that compare with the verifier's claims.</summary>
internal readonly unsafe struct ObservedMode : IMode
{
    /// <summary>Gets the slot of the next instruction and r0 to r10, of runs on this thread.</summary>
    [ThreadStatic]
    internal static Action<int, ulong[]>? Observer;

    [ThreadStatic]
    private static ulong[]? t_registers;

    /// <inheritdoc/>
    public static bool IsChecked => true;

    /// <inheritdoc/>
    public static bool IsObserved => true;

    /// <summary>Shows the registers before an instruction.</summary>
    internal static void Note(RunContext run, Code* code, ulong* registers)
    {
        run.Object.Trace?.Invoke(new TraceStep(run.Program, code, new ReadOnlySpan<ulong>(registers, 11)));
        if (Observer is null)
        {
            return;
        }

        ulong[] copy = t_registers ??= new ulong[11];
        for (int k = 0; k < copy.Length; k++)
        {
            copy[k] = registers[k];
        }

        Observer.Invoke(run.Program.Image.SlotOf(code), copy);
    }
}

/// <summary>Nothing is checked: only for what the verifier accepted.</summary>
internal readonly struct UncheckedMode : IMode
{
    /// <inheritdoc/>
    public static bool IsChecked => false;

    /// <inheritdoc/>
    public static bool IsObserved => false;
}
