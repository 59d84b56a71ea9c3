using System.Numerics;
using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <summary>A few bytes cut out of a value that was just loaded are loaded by themselves: one instruction for a shift and a mask.</summary>
/// <remarks>
/// Never of the context, whose fields have widths of their own. The bytes were within what was loaded, nothing between has written
/// memory, and the address is the same: what the verifier knew of the wide load holds for the narrow one.
/// </remarks>
internal static class NarrowLoads
{
    public static bool Run(Function function)
    {
        Dictionary<Inst, int> uses = function.CountUses();
        Dictionary<Inst, Inst> replaced = [];
        foreach (Block block in function.Blocks)
        {
            int writes = 0;
            Dictionary<Inst, int> loadedAt = [];
            for (int k = 0; k < block.Insts.Count; k++)
            {
                Inst inst = block.Insts[k];
                writes += inst.WritesMemory ? 1 : 0;
                if (inst.Op == IrOp.Load)
                {
                    loadedAt[inst] = writes;
                }
                else if (inst.Op == IrOp.And && inst.Type == IrType.I32 && inst.Args[1] is { IsConst: true, Imm: 0xff or 0xffff }
                    && Source(inst.Args[0], out int shift, out bool isShifted) is { } load && loadedAt.TryGetValue(load, out int then)
                    && then == writes && IsPlain(load))
                {
                    int bytes = inst.Args[1].Imm == 0xff ? 1 : 2;
                    // An unshifted mask is one instruction already, unless the load is for it alone.
                    bool shorter = isShifted || uses.GetValueOrDefault(load) == 1;
                    if (shorter && shift % (8 * bytes) == 0 && shift / 8 + bytes <= load.Width)
                    {
                        Inst narrow = new(IrOp.Load, IrType.I32, load.Args[0])
                        {
                            Offset = load.Offset + shift / 8,
                            Width = (byte)bytes,
                            Space = load.Space,
                            Source = inst.Source,
                        };
                        block.Insts[k] = narrow;
                        narrow.Block = block;
                        replaced[inst] = narrow;
                    }
                }
            }
        }

        function.Replace(replaced);
        return replaced.Count > 0;
    }

    private static bool IsPlain(Inst load)
    {
        Inst root = Addresses.Root(load.Args[0]);
        return !load.Volatile && load.Type != IrType.Ptr && root.Op is not (IrOp.Core or IrOp.ExternRef)
            && (load.Space is Space.Packet or Space.MapValue or Space.Stack
                || root.Space is Space.Packet or Space.MapValue or Space.Stack)
            && BitOperations.IsPow2(load.Width);
    }

    // The load whose bits, shifted down, are the value.
    private static Inst? Source(Inst value, out int shift, out bool isShifted)
    {
        shift = 0;
        isShifted = false;
        for (int steps = 0; steps < 4; steps++)
        {
            switch (value.Op)
            {
                case IrOp.Load:
                    return value.Signed && shift > 0 ? null : value;
                case IrOp.Trunc:
                    value = value.Args[0];
                    break;
                case IrOp.Shr when value.Args[1].IsConst && !isShifted:
                    shift = (int)value.Args[1].Imm;
                    isShifted = true;
                    value = value.Args[0];
                    break;
                default:
                    return null;
            }
        }

        return null;
    }
}
