using System.Runtime.CompilerServices;

namespace BpfSharp.Verifier.State;

/// <summary>Eight bytes of stack.</summary>
internal struct StackSlot
{
    /// <summary>A byte's kind each; byte 0 is the lowest address.</summary>
    public ulong Bytes;
    /// <summary>The register spilled here, or the state of the dynptr, iterator or saved flags.</summary>
    public RegisterState Spilled;

    /// <summary>Kind of a byte.</summary>
    public readonly SlotByte this[int index] => (SlotByte)(byte)(Bytes >> (index * 8));

    /// <summary>The kind repeated over the slot.</summary>
    public static ulong All(SlotByte kind) => (byte)kind * 0x0101_0101_0101_0101UL;

    /// <summary>Whether a whole register lies here.</summary>
    public readonly bool IsFullSpill => Bytes == 0x0101_0101_0101_0101UL;

    /// <summary>Whether a register lies here, at least in the low bytes.</summary>
    public readonly bool IsSpill => (SlotByte)(byte)Bytes == SlotByte.Spill;

    /// <summary>Whether it is a dynptr, iterator or saved flags.</summary>
    public readonly bool IsSpecial => (SlotByte)(byte)Bytes >= SlotByte.Dynptr;

    /// <summary>Sets the kind of a byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set(int index, SlotByte kind)
    {
        int shift = index * 8;
        Bytes = (Bytes & ~(0xffUL << shift)) | (ulong)kind << shift;
    }
}
