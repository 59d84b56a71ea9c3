using BpfSharp.Compiler.Front;
using BpfSharp.Compiler.Il;
using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <summary>Passes a copy where a call gets the address of a field of the context: the verifier lets nobody but the program read there.</summary>
internal static class ContextCopies
{
    public static void Run(Function function)
    {
        foreach (Block block in function.Blocks)
        {
            for (int k = 0; k < block.Insts.Count; k++)
            {
                Inst call = block.Insts[k];
                foreach ((int argument, int bytes) in ReadArguments(call))
                {
                    if (argument < call.Args.Count && PlaceInContext(call.Args[argument]) is { } offset)
                    {
                        (Inst context, int start) = offset;
                        call.Args[argument] = Copy(function, block, ref k, context, start, bytes, call.Source);
                    }
                }
            }
        }
    }

    private static IEnumerable<(int Argument, int Bytes)> ReadArguments(Inst call)
    {
        if (call.Op is IrOp.CallHelper or IrOp.CallKfunc && call.Data is CallShape shape)
        {
            return shape.Sizes;
        }

        if (call.Op != IrOp.CallLocal || ((Function)call.Data!).Method is not { } method)
        {
            return [];
        }

        int hidden = method.ReturnType.IsStruct ? 1 : 0;
        return method.AllParameters.Select((type, i) => (Argument: i + hidden, Type: type))
            .Where(p => p.Type.Kind == IlKind.ByRef && !p.Type.Element!.IsContext && p.Type.Element.Size > 0)
            .Select(p => (p.Argument, p.Type.Element!.Size));
    }

    private static (Inst Context, int Offset)? PlaceInContext(Inst address)
    {
        (Inst start, long offset) = Addresses.Split(address);
        return start is { Op: IrOp.Param, Space: Space.Context } ? (start, (int)offset) : null;
    }

    private static Inst Copy(Function function, Block block, ref int at, Inst context, int offset, int bytes, int source)
    {
        Inst place = function.Entry.Insert(0, new Inst(IrOp.Alloca, IrType.Ptr)
        {
            Imm = bytes,
            Width = 8,
            Space = Space.Stack,
            Source = source,
        });
        if (ReferenceEquals(block, function.Entry))
        {
            at++;
        }

        for (int done = 0; done < bytes;)
        {
            // Loads from a context are aligned and no wider than what is wanted.
            int width = 8;
            while (width > bytes - done || (offset + done) % width != 0)
            {
                width /= 2;
            }

            Inst load = block.Insert(at++, new Inst(IrOp.Load, width == 8 ? IrType.I64 : IrType.I32, context)
            {
                Offset = offset + done,
                Width = (byte)width,
                Data = Translator.ContextLoad,
                Source = source,
            });
            block.Insert(at++, new Inst(IrOp.Store, IrType.Void, place, load) { Offset = done, Width = (byte)width, Source = source });
            done += width;
        }

        return place;
    }
}
