using BpfSharp.Isa;

namespace BpfSharp.Linux.Loading;

/// <summary>Turns references to the object into references to the kernel.</summary>
internal static class InstructionPatching
{
    private const byte WideLoad = 0x18;

    /// <summary>The slots in wire order, with maps by descriptor.</summary>
    /// <param name="instructions">Linked instructions, which are changed.</param>
    /// <param name="mapFd">Descriptor of a map by its index in the object.</param>
    internal static byte[] Patch(Span<Instruction> instructions, Func<int, int> mapFd)
    {
        for (int i = 0; i < instructions.Length; i++)
        {
            Instruction slot = instructions[i];
            if (slot.Opcode != WideLoad)
            {
                continue;
            }

            Op op = slot.Op;
            if (op is Op.LoadMapIndex or Op.LoadMapValueIndex)
            {
                instructions[i] = Instruction.Encode(op == Op.LoadMapIndex ? Op.LoadMapFd : Op.LoadMapValueFd, slot.Dst, imm: mapFd(slot.Imm));
            }

            i++;
        }

        return ToBytes(instructions);
    }

    internal static byte[] ToBytes(ReadOnlySpan<Instruction> instructions)
    {
        byte[] bytes = new byte[instructions.Length * Instruction.SizeInBytes];
        for (int i = 0; i < instructions.Length; i++)
        {
            instructions[i].Write(bytes.AsSpan(i * Instruction.SizeInBytes));
        }

        return bytes;
    }
}
