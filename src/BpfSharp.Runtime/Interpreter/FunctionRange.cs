namespace BpfSharp.Runtime.Interpreter;

/// <summary>One function of a program: its slots, and where its code begins.</summary>
/// <param name="StartSlot">First slot.</param>
/// <param name="Slots">Number of slots.</param>
/// <param name="StartIndex">Index of its first <see cref="Code"/>; a stop instruction follows its last.</param>
internal readonly record struct FunctionRange(int StartSlot, int Slots, int StartIndex)
{
    /// <summary>Splits a program into functions: at the given starts, and wherever a local call or function load leads.</summary>
    public static FunctionRange[] Split(ReadOnlySpan<Isa.Instruction> program, IEnumerable<int> starts)
    {
        SortedSet<int> sorted = [0];
        foreach (int start in starts)
        {
            if (start > 0 && start < program.Length)
            {
                sorted.Add(start);
            }
        }

        for (int slot = 0; slot < program.Length;)
        {
            Isa.DecodedInstruction decoded = Isa.DecodedInstruction.Decode(program, slot);
            if (decoded.Op is Isa.Op.CallLocal or Isa.Op.LoadFunction
                && decoded.CallTarget > 0 && decoded.CallTarget < program.Length)
            {
                sorted.Add(decoded.CallTarget);
            }

            slot += decoded.Slots;
        }

        int[] all = [.. sorted];
        FunctionRange[] functions = new FunctionRange[all.Length];
        for (int i = 0; i < all.Length; i++)
        {
            int end = i + 1 < all.Length ? all[i + 1] : program.Length;
            functions[i] = new FunctionRange(all[i], end - all[i], all[i] + i);
        }

        return functions;
    }

    /// <summary>Whether a slot is in the function.</summary>
    public bool Contains(int slot) => slot >= StartSlot && slot < StartSlot + Slots;

    /// <summary>Index of the code of a slot of this function.</summary>
    public int IndexOf(int slot) => StartIndex + slot - StartSlot;
}
