namespace BpfSharp.Runtime.Interpreter;

/// <summary>A whole program predecoded: what the interpreter runs and the JIT translates. Never moves in memory.</summary>
internal sealed unsafe class CodeImage
{
    private readonly Code[] _code;
    private readonly Code[] _fused;

    /// <summary>Wraps predecoded instructions.</summary>
    /// <param name="code">An array from <see cref="Allocate"/>.</param>
    /// <param name="functions">Functions in the order of their code.</param>
    public CodeImage(Code[] code, FunctionRange[] functions)
    {
        _code = code;
        Functions = functions;
        _fused = FusedOp.Fuse(code, Allocate(code.Length));
        fixed (Code* start = code, fused = _fused)
        {
            Start = start;
            FusedStart = fused;
        }
    }

    /// <summary>The functions; the first is the program itself.</summary>
    public FunctionRange[] Functions { get; }

    /// <summary>First instruction.</summary>
    public Code* Start { get; }

    /// <summary>First instruction of the form the interpreter runs: see <see cref="FusedOp"/>.</summary>
    public Code* FusedStart { get; }

    /// <summary>All instructions, with the stop after each function.</summary>
    public ReadOnlySpan<Code> All => _code;

    /// <summary>Room for a program's instructions in memory that does not move.</summary>
    public static Code[] Allocate(int length) => GC.AllocateArray<Code>(length, pinned: true);

    /// <summary>Whether an instruction is of this program.</summary>
    public bool Contains(Code* code) => IsIn(Start, code) || IsIn(FusedStart, code);

    /// <summary>Slot of an instruction; of a stop, the last slot of its function.</summary>
    public int SlotOf(Code* code)
    {
        int index = (int)(code - (IsIn(Start, code) ? Start : FusedStart));
        foreach (FunctionRange function in Functions)
        {
            if (index <= function.StartIndex + function.Slots)
            {
                return Math.Min(function.StartSlot + index - function.StartIndex, function.StartSlot + function.Slots - 1);
            }
        }

        return -1;
    }

    private bool IsIn(Code* start, Code* code) => code >= start && code < start + _code.Length;

    /// <summary>The function that begins at an instruction.</summary>
    public int FunctionAt(int index) => Array.FindIndex(Functions, f => f.StartIndex == index);
}
