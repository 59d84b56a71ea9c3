using BpfSharp.Compiler.Front;
using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// The kernel takes only memory of the stack as the state of a callback. A state that stands elsewhere (in a map's value) is passed by its
/// address, which the stack holds.
/// </summary>
internal static class CallbackStates
{
    public static void Run(Function function, ObjectContext context)
    {
        foreach (Block block in function.Blocks)
        {
            for (int k = 0; k < block.Insts.Count; k++)
            {
                Inst call = block.Insts[k];
                if (call.Op is not (IrOp.CallHelper or IrOp.CallKfunc))
                {
                    continue;
                }

                int callback = call.Args.FindIndex(a => a.Op == IrOp.FuncRef);
                if (callback < 0 || callback + 1 >= call.Args.Count || call.Args[callback].Data is not CallbackKey { TellsFaults: false } key
                    || call.Args[callback + 1].Type != IrType.Ptr || IsStack(call.Args[callback + 1]))
                {
                    continue;
                }

                CallbackKey held = key with { TellsFaults = true };
                context.Callback(held);
                Inst pair = function.Entry.Insert(0, new Inst(IrOp.Alloca, IrType.Ptr)
                {
                    Imm = FaultPair.Size,
                    Width = 8,
                    Space = Space.Stack,
                    Source = call.Source,
                });
                k += ReferenceEquals(block, function.Entry) ? 1 : 0;
                block.Insert(k++, new Inst(IrOp.Store, IrType.Void, pair, call.Args[callback + 1]) { Width = 8, Source = call.Source });
                call.Args[callback] = block.Insert(k++, new Inst(IrOp.FuncRef, IrType.Ptr) { Data = held, Source = call.Source });
                call.Args[callback + 1] = pair;
            }
        }
    }

    private static bool IsStack(Inst address)
    {
        while (address.Op is IrOp.Add or IrOp.Sub && address.Args[0].Type == IrType.Ptr)
        {
            address = address.Args[0];
        }

        // A parameter: a callback or subprogram hands on what it got, which the verifier follows.
        return address.Op is IrOp.Alloca or IrOp.Param or IrOp.Const || (address.Op == IrOp.Phi && address.Args.TrueForAll(a => a.Op == IrOp.Alloca));
    }
}
