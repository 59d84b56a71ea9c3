using BpfSharp.Compiler.Il;
using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <summary>Zeroes the bytes between fields of places that others see: helpers read whole structs.</summary>
internal static class Padding
{
    public static void Run(Function function)
    {
        Dictionary<Inst, List<(Inst User, int Index)>> users = StackPromotion.Users(function);
        foreach (Inst alloca in function.Entry.Insts.Where(i => i.Op == IrOp.Alloca).ToArray())
        {
            IReadOnlyList<Leaf> gaps = StackPromotion.PaddingOf(alloca);
            if (gaps.Count == 0 || !Escapes(alloca, users))
            {
                continue;
            }

            int at = function.Entry.Insts.FindLastIndex(i => i.Op is IrOp.Alloca or IrOp.Param) + 1;
            foreach (Leaf gap in gaps)
            {
                Inst zero = new(IrOp.Const, gap.Width == 8 ? IrType.I64 : IrType.I32) { Source = alloca.Source };
                function.Entry.Insert(at++, zero);
                function.Entry.Insert(at++, new Inst(IrOp.Store, IrType.Void, alloca, zero)
                {
                    Offset = gap.Offset,
                    Width = (byte)gap.Width,
                    Source = alloca.Source,
                });
            }
        }
    }

    private static bool Escapes(Inst address, Dictionary<Inst, List<(Inst User, int Index)>> users)
    {
        foreach ((Inst user, int index) in users.GetValueOrDefault(address) ?? [])
        {
            bool harmless = (user.Op is IrOp.Load or IrOp.Store or IrOp.Atomic && index == 0)
                || user.Op is IrOp.Compare or IrOp.Branch;
            if (user.Op == IrOp.Add && user.Type == IrType.Ptr ? Escapes(user, users) : !harmless)
            {
                return true;
            }
        }

        return false;
    }
}
