namespace BpfSharp.Verifier.State;

/// <summary>Up to six registers that share one number, in one word.</summary>
internal struct LinkedSet
{
    private const int Max = 6;
    private const int BitsPerEntry = 10;

    public LinkedSet(ulong packed) => Packed = packed;

    /// <summary>Low four bits: how many; then ten bits each: frame, index, whether it is a register.</summary>
    public ulong Packed { get; private set; }

    public readonly int Count => (int)(Packed & 15);

    public readonly (int Frame, int Index, bool IsRegister) this[int entry]
    {
        get
        {
            int bits = (int)(Packed >> (4 + (entry * BitsPerEntry))) & 0x3ff;
            return (bits & 7, bits >> 3 & 63, bits >> 9 != 0);
        }
    }

    /// <summary>Adds one; <see langword="false"/> if there is no room.</summary>
    public bool TryAdd(int frame, int index, bool isRegister)
    {
        ulong bits = (uint)frame | (ulong)(uint)index << 3 | (isRegister ? 1UL << 9 : 0);
        for (int i = 0; i < Count; i++)
        {
            if (((Packed >> (4 + (i * BitsPerEntry))) & 0x3ff) == bits)
            {
                return true;
            }
        }

        if (Count == Max)
        {
            return false;
        }

        Packed = (Packed + 1) | bits << (4 + (Count * BitsPerEntry));
        return true;
    }
}
