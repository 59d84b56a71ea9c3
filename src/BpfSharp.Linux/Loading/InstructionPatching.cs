using BpfSharp.Isa;

namespace BpfSharp.Linux.Loading;

/// <summary>Turns references to the object into references to the kernel.</summary>
internal static class InstructionPatching
{
    /// <summary>The slots in wire order, with maps by descriptor.</summary>
    /// <param name="instructions">Linked instructions.</param>
    /// <param name="mapFd">Descriptor of a map by its index in the object.</param>
    internal static byte[] Patch(ReadOnlySpan<Instruction> instructions, Func<int, int> mapFd)
    {
        Instruction[] result = instructions.ToArray();
        for (int i = 0; i < result.Length; i++)
        {
            Instruction slot = result[i];
            if (slot.Op == Op.LoadMapIndex)
            {
                result[i] = Instruction.Encode(Op.LoadMapFd, slot.Dst, imm: mapFd(slot.Imm));
                i++;
            }
            else if (slot.Op == Op.LoadMapValueIndex)
            {
                result[i] = Instruction.Encode(Op.LoadMapValueFd, slot.Dst, imm: mapFd(slot.Imm));
                i++;
            }
            else if (slot.Opcode == OpcodeTable.Get(Op.LoadMapFd).Opcode)
            {
                i++;
            }
        }

        return ToBytes(result);
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
