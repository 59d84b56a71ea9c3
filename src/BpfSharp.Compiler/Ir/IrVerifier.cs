namespace BpfSharp.Compiler.Ir;

/// <summary>Checks what every pass must leave intact; a violation is a defect of the compiler, never of the program.</summary>
internal static class IrVerifier
{
    public static void Check(Function function, string pass)
    {
        HashSet<Inst> defined = [.. function.Parameters, .. function.AllInsts];
        Dictionary<Inst, int> place = [];
        foreach (Block block in function.Blocks)
        {
            for (int i = 0; i < block.Insts.Count; i++)
            {
                place[block.Insts[i]] = i;
            }
        }

        foreach (Block block in function.Blocks)
        {
            if (block.Terminator is null)
            {
                throw Broken(function, pass, $"{block} has no terminator");
            }

            for (int i = 0; i < block.Insts.Count; i++)
            {
                Inst inst = block.Insts[i];
                if (!ReferenceEquals(inst.Block, block))
                {
                    throw Broken(function, pass, $"'{inst}' in {block} believes to be in {inst.Block}");
                }

                if (inst.IsTerminator != (i == block.Insts.Count - 1))
                {
                    throw Broken(function, pass, $"terminator '{inst}' is not the last of {block}");
                }

                foreach (Inst arg in inst.Args)
                {
                    if (!defined.Contains(arg))
                    {
                        throw Broken(function, pass, $"'{inst}' in {block} uses '{arg}', which is nowhere");
                    }
                }

                CheckDominance(function, pass, block, inst, place);
                CheckTypes(function, pass, inst);
            }
        }
    }

    private static void CheckDominance(
        Function function, string pass, Block block, Inst inst, Dictionary<Inst, int> place)
    {
        if (inst.Op == IrOp.Phi && inst.Args.Count != block.Predecessors.Count)
        {
            throw Broken(function, pass, $"'{inst}' has {inst.Args.Count} operands for {block.Predecessors.Count} edges");
        }

        for (int i = 0; i < inst.Args.Count; i++)
        {
            Inst arg = inst.Args[i];
            if (arg.Block is null || arg.Op == IrOp.Param)
            {
                continue;
            }

            bool ok = inst.Op == IrOp.Phi
                ? block.Predecessors[i].IsDominatedBy(arg.Block)
                : ReferenceEquals(arg.Block, block) ? place[arg] < place[inst] : block.IsDominatedBy(arg.Block);
            if (!ok)
            {
                throw Broken(function, pass, $"'{inst}' in {block} uses '{arg}' of {arg.Block}, which does not dominate it");
            }
        }
    }

    private static void CheckTypes(Function function, string pass, Inst inst)
    {
        bool narrow = inst.Args.Any(a => a.Type == IrType.I32);
        bool ok = inst.Op switch
        {
            IrOp.Add or IrOp.Sub => inst.Type == IrType.I32 == narrow,
            IrOp.Mul or IrOp.And or IrOp.Or or IrOp.Xor or IrOp.UDiv or IrOp.URem or IrOp.SDiv or IrOp.SRem =>
                inst.Type != IrType.Ptr && inst.Type == IrType.I32 == narrow
                && (inst.Type != IrType.I32 || inst.Args.All(a => a.Type == IrType.I32)),
            IrOp.Shl or IrOp.Shr or IrOp.Sar => inst.Type != IrType.Ptr,
            IrOp.Branch or IrOp.Compare => (inst.Args[0].Type == IrType.I32) == (inst.Args[1].Type == IrType.I32),
            IrOp.Load or IrOp.Store => inst.Args[0].Type == IrType.Ptr && inst.Width is 1 or 2 or 4 or 8,
            IrOp.Zext => inst.Args[0].Type == IrType.I32 && inst.Type == IrType.I64,
            IrOp.Trunc => inst.Args[0].Type == IrType.I64 && inst.Type == IrType.I32,
            IrOp.Const or IrOp.Param or IrOp.Phi or IrOp.Undef or IrOp.Neg or IrOp.Sext or IrOp.Bswap or IrOp.Opaque
                or IrOp.Alloca or IrOp.Atomic or IrOp.MapRef or IrOp.MapValue or IrOp.FuncRef or IrOp.ExternRef
                or IrOp.LostCounter or IrOp.Core or IrOp.CallHelper or IrOp.CallLocal or IrOp.CallKfunc or IrOp.Jump
                or IrOp.MayGoto or IrOp.Return or IrOp.Unreachable => true,
            _ => false,
        };
        if (!ok)
        {
            throw Broken(function, pass, $"'{inst}' has operands of types {string.Join(", ", inst.Args.Select(a => a.Type))}");
        }
    }

    private static InvalidOperationException Broken(Function function, string pass, string what) =>
        new($"after pass '{pass}' of {function.Name}: {what}\n{IrText.Dump(function)}");
}
