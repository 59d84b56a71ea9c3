using BpfSharp.Isa;

namespace BpfSharp.Compiler.Emit;

/// <summary>Small improvements once registers are real.</summary>
internal static class Peephole
{
    public static void Run(MachineFunction function)
    {
        foreach (MachineBlock block in function.Blocks)
        {
            for (int i = 0; i + 1 < block.Insts.Count; i++)
            {
                MachineInst first = block.Insts[i];
                MachineInst second = block.Insts[i + 1];
                // r1 = r2; w1 = w1  is  w1 = w2
                if (first.Kind == MachineKind.Copy && second is { Kind: MachineKind.Plain, Op: Op.Mov32Reg }
                    && second.Dst == first.Dst && second.Src == first.Dst && first.Src != 10)
                {
                    second.Src = first.Src;
                    block.Insts.RemoveAt(i);
                }
                else if (first.Kind == MachineKind.Copy && second.Kind == MachineKind.Copy && first.Dst == second.Src
                    && first.Src == second.Dst)
                {
                    block.Insts.RemoveAt(i + 1);
                }
            }
        }
    }
}
