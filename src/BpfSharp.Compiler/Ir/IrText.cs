using System.Globalization;
using System.Text;

namespace BpfSharp.Compiler.Ir;

/// <summary>The text form of the IR, for goldens and for people.</summary>
internal static class IrText
{
    public static string Dump(Function function)
    {
        StringBuilder text = new();
        text.Append("function ").Append(function.Name).Append('\n');
        foreach (Block block in function.Blocks)
        {
            text.Append(block).Append(':');
            if (block.Predecessors.Count > 0)
            {
                text.Append("  ; from ").AppendJoin(' ', block.Predecessors);
            }

            text.Append('\n');
            foreach (Inst inst in block.Insts)
            {
                text.Append("  ").Append(Format(inst)).Append('\n');
            }
        }

        return text.ToString();
    }

    public static string Format(Inst inst)
    {
        StringBuilder text = new();
        if (inst.Type != IrType.Void && !inst.IsTerminator)
        {
            text.Append('v').Append(inst.Id).Append(':').Append(inst.Type switch
            {
                IrType.I32 => "i32",
                IrType.I64 => "i64",
                IrType.Ptr => inst.Space == Space.Unknown ? "ptr" : "ptr." + inst.Space.ToString().ToLowerInvariant(),
                IrType.Void => "void",
                _ => "?",
            }).Append(" = ");
        }

        text.Append(inst.Op.ToString().ToLowerInvariant());
        if (inst.Op is IrOp.Load or IrOp.Store or IrOp.Atomic)
        {
            text.Append(inst.Signed ? ".s" : ".").Append(inst.Width * 8);
            if (inst.Volatile)
            {
                text.Append(".volatile");
            }
        }

        if (inst.Op == IrOp.Atomic)
        {
            text.Append('.').Append(inst.Atomic.ToString().ToLowerInvariant());
        }

        if (inst.Op is IrOp.Compare or IrOp.Branch)
        {
            text.Append('.').Append(inst.Cond.ToString().ToLowerInvariant());
        }

        if (inst.Op is IrOp.Const or IrOp.Param or IrOp.Alloca or IrOp.MapRef or IrOp.MapValue or IrOp.CallHelper
            or IrOp.CallKfunc or IrOp.ExternRef or IrOp.Sext or IrOp.Bswap)
        {
            text.Append(' ').Append(inst.Imm.ToString(CultureInfo.InvariantCulture));
        }

        if (inst.Op is IrOp.FuncRef or IrOp.CallLocal or IrOp.Core)
        {
            text.Append(' ').Append(inst.Data);
        }

        foreach (Inst arg in inst.Args)
        {
            text.Append(' ').Append(arg.IsConst
                ? arg.Imm.ToString(CultureInfo.InvariantCulture)
                : "v" + arg.Id.ToString(CultureInfo.InvariantCulture));
        }

        if (inst.Op is IrOp.Load or IrOp.Store or IrOp.Atomic or IrOp.MapValue)
        {
            text.Append(CultureInfo.InvariantCulture, $" +{inst.Offset}");
        }

        foreach (Block target in inst.Targets)
        {
            text.Append(" ->").Append(target);
        }

        return text.ToString();
    }
}
