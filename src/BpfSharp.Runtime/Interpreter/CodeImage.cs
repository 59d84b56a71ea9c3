using BpfSharp.Isa;

namespace BpfSharp.Runtime.Interpreter;

/// <summary>A whole program predecoded: what the interpreter runs and the JIT translates. Never moves in memory.</summary>
internal sealed unsafe class CodeImage
{
    private readonly Code[] _code;

    /// <summary>Wraps predecoded instructions.</summary>
    /// <param name="code">An array from <see cref="Allocate"/>.</param>
    /// <param name="functions">Functions in the order of their code.</param>
    public CodeImage(Code[] code, FunctionRange[] functions)
    {
        _code = code;
        Functions = functions;
        fixed (Code* start = code)
        {
            Start = start;
        }
    }

    /// <summary>The functions; the first is the program itself.</summary>
    public FunctionRange[] Functions { get; }

    /// <summary>First instruction.</summary>
    public Code* Start { get; }

    /// <summary>All instructions, with the stop after each function.</summary>
    public ReadOnlySpan<Code> All => _code;

    /// <summary>Room for a program's instructions in memory that does not move.</summary>
    public static Code[] Allocate(int length) => GC.AllocateArray<Code>(length, pinned: true);

    /// <summary>Whether an instruction is of this program.</summary>
    public bool Contains(Code* code) => code >= Start && code < Start + _code.Length;

    /// <summary>Slot of an instruction; of a stop, the last slot of its function.</summary>
    public int SlotOf(Code* code)
    {
        int index = (int)(code - Start);
        foreach (FunctionRange function in Functions)
        {
            if (index <= function.StartIndex + function.Slots)
            {
                return Math.Min(function.StartSlot + index - function.StartIndex, function.StartSlot + function.Slots - 1);
            }
        }

        return -1;
    }

    /// <summary>The function that begins at an instruction.</summary>
    public int FunctionAt(int index) => Array.FindIndex(Functions, f => f.StartIndex == index);

    /// <summary>Slots of the function whose code begins at an instruction: what calling it costs.</summary>
    public static bool EndsFlow(Op op) => op is Op.Exit or Op.Ja or Op.Ja32 or Op.Invalid;
}
