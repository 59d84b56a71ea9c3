namespace BpfSharp.Compiler.Ir;

/// <summary>What an address is computed from.</summary>
internal static class Addresses
{
    /// <summary>What all sums began with: a place on the stack, a parameter, a loaded pointer.</summary>
    public static Inst Root(Inst address)
    {
        while (address.Op == IrOp.Add)
        {
            address = address.Args[0];
        }

        return address;
    }

    /// <summary>The address less the constants that were added last.</summary>
    public static (Inst Base, long Distance) Split(Inst address)
    {
        long distance = 0;
        while (address.Op == IrOp.Add && address.Type == IrType.Ptr && address.Args[1].IsConst)
        {
            distance += address.Args[1].Imm;
            address = address.Args[0];
        }

        return (address, distance);
    }
}
