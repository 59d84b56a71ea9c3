namespace BpfSharp.Compiler.Emit;

/// <summary>Gives places on the stack their offsets from r10.</summary>
internal static class FrameLayout
{
    /// <returns>Bytes of stack used.</returns>
    public static int Assign(MachineFunction function)
    {
        HashSet<StackPlace> used = [.. function.Blocks.SelectMany(b => b.Insts).Select(i => i.Place).OfType<StackPlace>()];
        int depth = 0;
        // Widest alignment first: no gaps between.
        foreach (StackPlace place in function.Places.Where(used.Contains).OrderByDescending(p => p.Alignment))
        {
            depth += place.Size;
            depth = (depth + place.Alignment - 1) / place.Alignment * place.Alignment;
            place.Offset = -depth;
        }

        foreach (Emit.MachineInst inst in function.Blocks.SelectMany(b => b.Insts))
        {
            if (inst.Place is not { } place)
            {
                continue;
            }

            if (inst.Op == Isa.Op.Add64Imm)
            {
                inst.Imm += place.Offset;
            }
            else
            {
                inst.Offset += place.Offset;
            }

            inst.Place = null;
        }

        return (depth + 7) / 8 * 8;
    }
}
