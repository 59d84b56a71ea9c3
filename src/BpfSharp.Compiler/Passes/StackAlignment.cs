using System.Numerics;
using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// The verifier wants aligned accesses to the stack, always. Places are aligned for what accesses them; what still is not aligned
/// (packed structs, spans read at odd places) is taken apart.
/// </summary>
internal static class StackAlignment
{
    private const int Most = 8;

    public static void Run(Function function)
    {
        Dictionary<Inst, int> known = [];
        foreach (Inst inst in function.AllInsts)
        {
            if (inst.Op is IrOp.Load or IrOp.Store or IrOp.Atomic && inst.Width > 1)
            {
                foreach (Inst place in Roots(inst.Args[0]).Where(r => r.Op == IrOp.Alloca && r.Width < inst.Width))
                {
                    place.Width = inst.Width;
                }
            }
        }

        foreach (Block block in function.Blocks)
        {
            for (int k = 0; k < block.Insts.Count; k++)
            {
                Inst inst = block.Insts[k];
                if (inst.Op is not (IrOp.Load or IrOp.Store) || inst.Width < 2 || ValueType(inst) == IrType.Ptr
                    || !Roots(inst.Args[0]).Any(IsStack))
                {
                    continue;
                }

                int alignment = Math.Min(AlignmentOf(inst.Args[0], known, 0), LowestBit(inst.Offset));
                if (alignment < inst.Width)
                {
                    k = inst.Op == IrOp.Load ? SplitLoad(function, block, k, alignment) : SplitStore(block, k, alignment);
                }
            }
        }
    }

    private static IrType ValueType(Inst access) => access.Op == IrOp.Load ? access.Type : access.Args[1].Type;

    // What a caller passes by reference may stand on its stack, aligned for its type at least.
    private static bool IsStack(Inst root) =>
        root.Op == IrOp.Alloca || (root.Op == IrOp.Param && root.Space is Space.Unknown or Space.Memory);

    private static List<Inst> Roots(Inst address)
    {
        List<Inst> found = [];
        HashSet<Inst> seen = [];
        Stack<Inst> open = new([address]);
        while (open.TryPop(out Inst? next))
        {
            if (!seen.Add(next))
            {
                continue;
            }

            if (next.Op is IrOp.Add or IrOp.Sub && next.Type == IrType.Ptr)
            {
                open.Push(next.Args[0].Type == IrType.Ptr ? next.Args[0] : next.Args[1]);
            }
            else if (next.Op == IrOp.Phi)
            {
                next.Args.ForEach(open.Push);
            }
            else if (next.Op == IrOp.Opaque)
            {
                open.Push(next.Args[0]);
            }
            else
            {
                found.Add(next);
            }
        }

        return found;
    }

    // The largest power of two, up to 8, that divides the value.
    private static int AlignmentOf(Inst value, Dictionary<Inst, int> known, int depth)
    {
        if (known.TryGetValue(value, out int found))
        {
            return found;
        }

        if (depth > 24)
        {
            return 1;
        }

        int Of(int index) => AlignmentOf(value.Args[index], known, depth + 1);
        known[value] = Most; // around a loop: assumed, and lowered by what comes in
        int result = value.Op switch
        {
            IrOp.Const => LowestBit(value.Imm),
            IrOp.Alloca => value.Width,
            IrOp.Add or IrOp.Sub or IrOp.Or => Math.Min(Of(0), Of(1)),
            IrOp.Mul => Math.Min(Most, Of(0) * Of(1)),
            IrOp.And => Math.Max(Of(0), Of(1)),
            IrOp.Shl when value.Args[1].IsConst => (int)Math.Min(Most, Of(0) * (1L << (int)Math.Min(value.Args[1].Imm & 63, 3))),
            IrOp.Zext or IrOp.Sext or IrOp.Trunc or IrOp.Opaque or IrOp.Neg => Of(0),
            IrOp.Phi => value.Args.Min(a => AlignmentOf(a, known, depth + 1)),
            _ => value.Type == IrType.Ptr ? Most : 1,
        };
        known.Remove(value);
        if (depth == 0)
        {
            known[value] = result;
        }

        return result;
    }

    private static int LowestBit(long value) => value == 0 ? Most : 1 << Math.Min(3, BitOperations.TrailingZeroCount(value));

    private static int SplitLoad(Function function, Block block, int at, int width)
    {
        Inst load = block.Insts[at];
        block.Insts.RemoveAt(at);
        Inst Add(Inst inst)
        {
            inst.Source = load.Source;
            return block.Insert(at++, inst);
        }

        Inst? whole = null;
        for (int done = 0; done < load.Width; done += width)
        {
            Inst part = Add(new Inst(IrOp.Load, load.Type, load.Args[0])
            {
                Offset = load.Offset + done,
                Width = (byte)width,
                Space = load.Space,
                Volatile = load.Volatile,
            });
            if (done > 0)
            {
                Inst distance = Add(new Inst(IrOp.Const, load.Type) { Imm = done * 8 });
                part = Add(new Inst(IrOp.Shl, load.Type, part, distance));
            }

            whole = whole is null ? part : Add(new Inst(IrOp.Or, load.Type, whole, part));
        }

        if (load.Signed && load.Width < (load.Type == IrType.I32 ? 4 : 8))
        {
            whole = Add(new Inst(IrOp.Sext, load.Type, whole!) { Imm = load.Width * 8 });
        }

        function.Replace(new Dictionary<Inst, Inst> { [load] = whole! });
        return at - 1;
    }

    private static int SplitStore(Block block, int at, int width)
    {
        Inst store = block.Insts[at];
        block.Insts.RemoveAt(at);
        Inst value = store.Args[1];
        for (int done = 0; done < store.Width; done += width)
        {
            Inst part = value;
            if (done > 0)
            {
                Inst distance = block.Insert(at++, new Inst(IrOp.Const, value.Type) { Imm = done * 8, Source = store.Source });
                part = block.Insert(at++, new Inst(IrOp.Shr, value.Type, value, distance) { Source = store.Source });
            }

            block.Insert(at++, new Inst(IrOp.Store, IrType.Void, store.Args[0], part)
            {
                Offset = store.Offset + done,
                Width = (byte)width,
                Space = store.Space,
                Volatile = store.Volatile,
                Source = store.Source,
            });
        }

        return at - 1;
    }
}
