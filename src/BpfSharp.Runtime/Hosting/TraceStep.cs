using BpfSharp.Objects;
using BpfSharp.Runtime.Interpreter;

namespace BpfSharp.Runtime.Hosting;

/// <summary>Sees an instruction before it is executed; see <see cref="RuntimeOptions.Trace"/>.</summary>
/// <param name="step">The instruction and the registers; valid only during the call.</param>
#pragma warning disable CA1711 // it is a callback, and the name says of what
public delegate void TraceCallback(TraceStep step);
#pragma warning restore CA1711

/// <summary>An instruction about to be executed.</summary>
/// <remarks>What it changed is what differs in the next step. A 64-bit load is one step.</remarks>
public readonly unsafe ref struct TraceStep
{
    private readonly RuntimeProgram _program;
    private readonly Code* _code;

    internal TraceStep(RuntimeProgram program, Code* code, ReadOnlySpan<ulong> registers)
    {
        _program = program;
        _code = code;
        Registers = registers;
    }

    /// <summary>The program it belongs to; another one after a tail call. <see langword="null"/> if it was not loaded from an object.</summary>
    public ProgramSpec? Program => _program.Spec;

    /// <summary>Its slot in the program; behind the last instruction of a function, that instruction's.</summary>
    public int Slot => _program.Image.SlotOf(_code);

    /// <summary>r0 to r10 before it.</summary>
    public ReadOnlySpan<ulong> Registers { get; }
}
