using System.Collections.Immutable;

namespace BpfSharp.Isa;

/// <summary>The basic blocks of a program and the jumps between them; calls do not end a block.</summary>
public sealed partial class ControlFlowGraph
{
    private ControlFlowGraph(ImmutableArray<BasicBlock> blocks) => Blocks = blocks;

    /// <summary>Blocks in slot order.</summary>
    public ImmutableArray<BasicBlock> Blocks { get; }

    /// <summary>Finds the blocks of a program. Jumps out of the program are left out.</summary>
    /// <param name="program">The instructions.</param>
    public static ControlFlowGraph Of(ReadOnlySpan<Instruction> program)
    {
        bool[] starts = new bool[program.Length + 1];
        starts[0] = true;
        for (int slot = 0; slot < program.Length;)
        {
            DecodedInstruction instruction = DecodedInstruction.Decode(program, slot);
            slot += instruction.Slots;
            if (EndsBlock(instruction, out bool jumps, out _))
            {
                starts[slot] = true;
                if (jumps && instruction.JumpTarget >= 0 && instruction.JumpTarget < program.Length)
                {
                    starts[instruction.JumpTarget] = true;
                }
            }
            else if (instruction.Op is Op.CallLocal or Op.LoadFunction
                && instruction.CallTarget is >= 0 and int target && target < program.Length)
            {
                starts[target] = true;
            }
        }

        return new ControlFlowGraph(Connect(program, starts));
    }


    private static ImmutableArray<BasicBlock> Connect(ReadOnlySpan<Instruction> program, bool[] starts)
    {
        int[] blockAt = new int[program.Length + 1];
        Array.Fill(blockAt, -1);
        List<int> firsts = [];
        for (int slot = 0; slot < program.Length; slot++)
        {
            if (starts[slot])
            {
                blockAt[slot] = firsts.Count;
                firsts.Add(slot);
            }
        }

        ImmutableArray<BasicBlock>.Builder blocks = ImmutableArray.CreateBuilder<BasicBlock>(firsts.Count);
        for (int index = 0; index < firsts.Count; index++)
        {
            int end = index + 1 < firsts.Count ? firsts[index + 1] : program.Length;
            DecodedInstruction last = default;
            for (int slot = firsts[index]; slot < end; slot += last.Slots)
            {
                last = DecodedInstruction.Decode(program, slot);
            }

            bool ends = EndsBlock(last, out bool jumps, out bool fallsThrough);
            int taken = ends && jumps && last.JumpTarget >= 0 && last.JumpTarget < program.Length ? blockAt[last.JumpTarget] : -1;
            blocks.Add(new BasicBlock(index, firsts[index], end, !ends || fallsThrough ? blockAt[end] : -1, taken));
        }

        return blocks.MoveToImmutable();
    }

    private static bool EndsBlock(DecodedInstruction instruction, out bool jumps, out bool fallsThrough)
    {
        OpKind? kind = instruction.Op == Op.Invalid ? null : OpcodeTable.Get(instruction.Op).Kind;
        jumps = kind is OpKind.Jump or OpKind.ConditionalJump or OpKind.MayGoto;
        fallsThrough = kind is OpKind.ConditionalJump or OpKind.MayGoto;
        return jumps || kind is OpKind.Exit or OpKind.IndirectJump;
    }
}
