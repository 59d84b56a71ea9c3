using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Front;

/// <summary>How functions end.</summary>
internal sealed partial class Translator
{
    public void ReturnScalar(Entry? result, IrType type)
    {
        Inst value = result is { } entry ? Coerce(entry, type == IrType.Void ? IrType.I32 : type, entry.Type) : Int32(0);
        Emit(new Inst(IrOp.Return, IrType.Void, value));
    }

    /// <summary>Returns 32 bits zero-extended: a set upper half means a fault.</summary>
    public void ReturnWide(Entry? result)
    {
        Inst value = result is { } entry ? ZeroExtend(Coerce(entry, IrType.I32, entry.Type)) : Int64(0);
        Emit(new Inst(IrOp.Return, IrType.Void, value));
    }

    public void ReturnCallback(Entry? result, bool invert)
    {
        if (result is not { } entry)
        {
            Emit(new Inst(IrOp.Return, IrType.Void, Int64(0)));
            return;
        }

        Inst value = Value(entry);
        if (invert)
        {
            value = Compare(Cond.Eq, value, Emit(new Inst(IrOp.Const, value.Type)));
        }

        Emit(new Inst(IrOp.Return, IrType.Void, entry.Type.IsInteger && entry.Type.IsSigned ? SignExtend(value) : ZeroExtend(value)));
    }

    public void StoreResult(Inst address, Entry value) => Store(address, value.Type, value);
}
