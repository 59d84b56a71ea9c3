using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using BpfSharp.Compiler.Il;
using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Front;

#pragma warning disable IDE0010, IDE0072 // the set of opcodes is open: what has no case is diagnosed

/// <summary>Instructions that are neither control flow nor calls.</summary>
internal sealed partial class Translator
{
    private IlType? _constraint;

    /// <returns>False if the instruction ended the run (a call that never returns).</returns>
    private bool TranslateInstruction(Frame frame, IlInstruction il, int index)
    {
        int operand = (int)il.Operand;
        switch (il.Code)
        {
            case ILOpCode.Nop or ILOpCode.Break or ILOpCode.Volatile or ILOpCode.Unaligned or ILOpCode.Readonly
                or ILOpCode.Tail:
                return true;
            case ILOpCode.Dup:
                {
                    Entry top = Pop();
                    if (top.IsStruct)
                    {
                        top = Own(top);
                    }

                    Push(top);
                    Push(top);
                    return true;
                }

            case ILOpCode.Pop:
                Pop();
                return true;
            case ILOpCode.Ldc_i4:
                Push(Types.Int32, Int32(il.Operand));
                return true;
            case ILOpCode.Ldc_i8:
                Push(Types.Primitive(IlKind.I8), Int64(il.Operand));
                return true;
            case ILOpCode.Ldc_r4 or ILOpCode.Ldc_r8 or ILOpCode.Conv_r4 or ILOpCode.Conv_r8 or ILOpCode.Conv_r_un
                or ILOpCode.Ldind_r4 or ILOpCode.Ldind_r8 or ILOpCode.Stind_r4 or ILOpCode.Stind_r8 or ILOpCode.Ckfinite:
                throw Error(FindingTable.FloatingPoint, il.Code.ToString().ToLowerInvariant());
            case ILOpCode.Ldnull:
                Push(new Entry(Types.Primitive(PrimitiveTypeCode.Object), null, NullThing.Instance));
                return true;
            case ILOpCode.Ldstr:
                string text = frame.Method.Image.Metadata.GetUserString(MetadataTokens.UserStringHandle(operand & 0xffffff));
                Push(new Entry(Types.Primitive(PrimitiveTypeCode.String), null, new TextThing(text)));
                return true;
            case ILOpCode.Ldarg:
                Push(frame.BoundArguments[operand] ?? Load(frame.ArgumentSlots[operand]!, frame.Method.AllParameters[operand]));
                return true;
            case ILOpCode.Ldarga:
                if (frame.BoundArguments[operand] is { } boundArgument)
                {
                    Push(boundArgument);
                    return true;
                }

                Push(Types.ByRef(frame.Method.AllParameters[operand]), frame.ArgumentSlots[operand]!);
                return true;
            case ILOpCode.Starg:
                StoreVariable(frame.ArgumentSlots[operand]!, frame.Method.AllParameters[operand]);
                return true;
            case ILOpCode.Ldloc:
                Push(frame.BoundLocals[operand] ?? Load(LocalSlot(frame, operand), frame.Body.Locals[operand]));
                return true;
            case ILOpCode.Ldloca:
                if (frame.BoundLocals[operand] is { } boundLocal)
                {
                    Push(boundLocal);
                    return true;
                }

                Push(Types.ByRef(frame.Body.Locals[operand]), LocalSlot(frame, operand));
                return true;
            case ILOpCode.Stloc:
                StoreLocal(frame, operand);
                return true;
            case ILOpCode.Ldind_i1 or ILOpCode.Ldind_u1 or ILOpCode.Ldind_i2 or ILOpCode.Ldind_u2 or ILOpCode.Ldind_i4
                or ILOpCode.Ldind_u4 or ILOpCode.Ldind_i8 or ILOpCode.Ldind_i:
                Indirect(IndirectType(il.Code), IsVolatile(frame, index));
                return true;
            case ILOpCode.Ldind_ref:
                Indirect(PointeeOf(_stack[^1].Type), false);
                return true;
            case ILOpCode.Ldobj:
                Indirect(MemberResolver.Type(frame.Method.Image, operand, frame.Method.Context), IsVolatile(frame, index));
                return true;
            case ILOpCode.Stind_i1 or ILOpCode.Stind_i2 or ILOpCode.Stind_i4 or ILOpCode.Stind_i8 or ILOpCode.Stind_i:
                StoreIndirect(IndirectType(il.Code), IsVolatile(frame, index));
                return true;
            case ILOpCode.Stind_ref:
                StoreIndirect(PointeeOf(_stack[^2].Type), false);
                return true;
            case ILOpCode.Stobj:
                StoreIndirect(MemberResolver.Type(frame.Method.Image, operand, frame.Method.Context), IsVolatile(frame, index));
                return true;
            case ILOpCode.Cpobj:
                {
                    IlType type = MemberResolver.Type(frame.Method.Image, operand, frame.Method.Context);
                    Entry source = Pop();
                    Entry target = Pop();
                    Settle();
                    Store(Value(target), type, Load(Value(source), type));
                    return true;
                }

            case ILOpCode.Initobj:
                {
                    IlType type = MemberResolver.Type(frame.Method.Image, operand, frame.Method.Context);
                    Entry target = Pop();
                    Settle();
                    Initialise(Value(target), type);
                    return true;
                }

            case ILOpCode.Ldfld or ILOpCode.Ldflda or ILOpCode.Stfld or ILOpCode.Ldsfld or ILOpCode.Ldsflda
                or ILOpCode.Stsfld:
                TranslateField(frame, il);
                return true;
            case ILOpCode.Add or ILOpCode.Sub or ILOpCode.Mul or ILOpCode.And or ILOpCode.Or or ILOpCode.Xor:
                Arithmetic(il.Code);
                return true;
            case ILOpCode.Div or ILOpCode.Div_un or ILOpCode.Rem or ILOpCode.Rem_un:
                Divide(il.Code);
                return true;
            case ILOpCode.Shl or ILOpCode.Shr or ILOpCode.Shr_un:
                Shift(il.Code);
                return true;
            case ILOpCode.Add_ovf or ILOpCode.Add_ovf_un or ILOpCode.Sub_ovf or ILOpCode.Sub_ovf_un or ILOpCode.Mul_ovf
                or ILOpCode.Mul_ovf_un:
                CheckedArithmetic(il.Code);
                return true;
            case ILOpCode.Neg or ILOpCode.Not:
                {
                    Entry value = Pop();
                    Inst scalar = Value(value);
                    RefuseFloat(value.Type);
                    if (scalar.Type == IrType.Ptr)
                    {
                        throw Error(FindingTable.PointerOperation, il.Code.ToString());
                    }

                    Push(StackType(value.Type), il.Code == ILOpCode.Neg
                        ? Emit(new Inst(IrOp.Neg, scalar.Type, scalar))
                        : Binary(IrOp.Xor, scalar, Emit(new Inst(IrOp.Const, scalar.Type) { Imm = -1 })));
                    return true;
                }

            case ILOpCode.Ceq or ILOpCode.Cgt or ILOpCode.Cgt_un or ILOpCode.Clt or ILOpCode.Clt_un:
                CompareValues(il.Code);
                return true;
            case >= ILOpCode.Conv_i1 and <= ILOpCode.Conv_u8 or ILOpCode.Conv_i or ILOpCode.Conv_u or ILOpCode.Conv_u1
                or ILOpCode.Conv_u2:
                Convert(il.Code);
                return true;
            case (>= ILOpCode.Conv_ovf_i1_un and <= ILOpCode.Conv_ovf_u_un) or (>= ILOpCode.Conv_ovf_i1 and <= ILOpCode.Conv_ovf_u8)
                or ILOpCode.Conv_ovf_i or ILOpCode.Conv_ovf_u:
                CheckedConvert(il.Code);
                return true;
            case ILOpCode.Sizeof:
                IlType sized = MemberResolver.Type(frame.Method.Image, operand, frame.Method.Context);
                Push(Types.Int32, Int32(SizeOf(sized)));
                return true;
            case ILOpCode.Localloc:
                StackAllocate();
                return true;
            case ILOpCode.Constrained:
                _constraint = MemberResolver.Type(frame.Method.Image, operand, frame.Method.Context);
                return true;
            case ILOpCode.Call or ILOpCode.Callvirt:
                return TranslateCall(frame, il);
            case ILOpCode.Newobj:
                return TranslateNew(frame, il);
            case ILOpCode.Calli:
                TranslateIndirectCall(frame, il);
                return true;
            case ILOpCode.Ldftn:
                {
                    IlMethod target = MemberResolver.Method(frame.Method.Image, operand, frame.Method.Context)
                        ?? throw Error(FindingTable.NotFound, MemberResolver.Describe(frame.Method.Image, operand));
                    Push(new Entry(
                        Types.FunctionPointer(target.ReturnType, target.AllParameters), null,
                        new DelegateThing(target, !target.IsStatic, null)));
                    return true;
                }

            case ILOpCode.Ldtoken:
                TranslateToken(frame, operand);
                return true;
            case ILOpCode.Box:
                {
                    IlType boxed = MemberResolver.Type(frame.Method.Image, operand, frame.Method.Context);
                    if (boxed.Kind != IlKind.Enum || !IsFlagTest(frame.Body, il))
                    {
                        throw Error(FindingTable.Boxing, boxed.Name);
                    }

                    Entry value = Pop();
                    Push(new Entry(boxed, null, new BoxedThing(value with { Type = boxed })));
                    return true;
                }

            case ILOpCode.Newarr or ILOpCode.Ldelem or ILOpCode.Ldelema or ILOpCode.Stelem or ILOpCode.Ldlen
                or (>= ILOpCode.Ldelem_i1 and <= ILOpCode.Stelem_ref):
                TranslateArray(frame, il);
                return true;
            case ILOpCode.Ldvirtftn:
                throw Error(FindingTable.VirtualCall, "a virtual method taken as a delegate");
            case ILOpCode.Cpblk or ILOpCode.Initblk:
                TranslateBlock(il.Code);
                return true;
            case ILOpCode.Castclass or ILOpCode.Isinst or ILOpCode.Unbox or ILOpCode.Unbox_any:
                throw Error(FindingTable.Boxing, MemberResolver.Type(frame.Method.Image, operand, frame.Method.Context).Name);
            default:
                throw Error(FindingTable.UnsupportedIl, il.Code.ToString().ToLowerInvariant());
        }
    }

    // box; ...; box; call Enum.HasFlag: within one expression, so no further than the next call but those of the second operand.
    private static bool IsFlagTest(IlBody body, IlInstruction box)
    {
        int at = body.Instructions.ToList().FindIndex(i => i.Offset == box.Offset);
        for (int i = at + 1; i < body.Instructions.Length; i++)
        {
            IlInstruction next = body.Instructions[i];
            if (next.Code is ILOpCode.Call or ILOpCode.Callvirt
                && MemberResolver.Method(body.Method.Image, (int)next.Operand, body.Method.Context) is { Name: "HasFlag" } method
                && method.Owner.DefinitionName == "System.Enum")
            {
                return true;
            }

            if (next.Code is ILOpCode.Ret or ILOpCode.Stloc or ILOpCode.Br or ILOpCode.Pop)
            {
                return false;
            }
        }

        return false;
    }

    private int SizeOf(IlType type)
    {
        if (type.Layout.Trouble is { } trouble)
        {
            throw Error(FindingTable.ReferenceField, trouble);
        }

        return type.Size;
    }

    private static bool IsVolatile(Frame frame, int index) =>
        index > 0 && frame.Body.Instructions[index - 1].Code == ILOpCode.Volatile;

    private Inst LocalSlot(Frame frame, int local) => frame.LocalSlots[local] ??= Alloca(frame.Body.Locals[local]);

    private void StoreLocal(Frame frame, int local)
    {
        Entry value = _stack[^1];
        if (value.Thing is not null)
        {
            if (frame.LocalWrites[local] == 1)
            {
                frame.BoundLocals[local] = Pop();
                return;
            }

            if (value.Thing is DelegateThing or TextThing or TableThing)
            {
                throw Error(FindingTable.Delegate, "a variable that is assigned more than once");
            }
        }

        StoreVariable(LocalSlot(frame, local), frame.Body.Locals[local]);
    }

    private void StoreVariable(Inst slot, IlType type)
    {
        Entry value = Pop();
        Settle();
        Store(slot, type, value);
    }

    private void Initialise(Inst address, IlType type)
    {
        if (type.IsStruct)
        {
            ZeroStruct(address, type);
        }
        else
        {
            Store(address, type, new Entry(type, Emit(new Inst(IrOp.Const, TypeOf(type)))));
        }
    }

    private IlType IndirectType(ILOpCode code) => Types.Primitive(code switch
    {
        ILOpCode.Ldind_i1 or ILOpCode.Stind_i1 => IlKind.I1,
        ILOpCode.Ldind_u1 => IlKind.U1,
        ILOpCode.Ldind_i2 or ILOpCode.Stind_i2 => IlKind.I2,
        ILOpCode.Ldind_u2 => IlKind.U2,
        ILOpCode.Ldind_i4 or ILOpCode.Stind_i4 => IlKind.I4,
        ILOpCode.Ldind_u4 => IlKind.U4,
        ILOpCode.Ldind_i or ILOpCode.Stind_i => IlKind.NInt,
        _ => IlKind.I8,
    });

    private IlType PointeeOf(IlType address) => address.IsAddress ? address.Element! : Types.Primitive(IlKind.NInt);

    private void Indirect(IlType type, bool isVolatile)
    {
        Entry address = Pop();
        if (address.Thing is not null)
        {
            Push(address); // a reference to a declaration: the declaration itself
            return;
        }

        // "ldind.i" through a pointer to a pointer keeps what it points to.
        if (address.Type.IsAddress && address.Type.Element!.Size == type.Size && type.Kind == IlKind.NInt
            && (address.Type.Element.IsAddress || address.Type.Element.Kind == IlKind.FunctionPointer))
        {
            type = address.Type.Element;
        }

        Push(LoadThrough(address, Value(address), type, isVolatile));
    }

    private void StoreIndirect(IlType type, bool isVolatile)
    {
        Entry value = Pop();
        Entry address = Pop();
        Settle();
        if (address.Type.IsAddress && address.Type.Element!.Size == type.Size && type.Kind == IlKind.NInt)
        {
            type = address.Type.Element;
        }

        Store(AddressOf(address), type, value, isVolatile);
    }

    /// <summary>An address as a pointer; integers that C# cast to pointers become pointers.</summary>
    private Inst AddressOf(Entry entry)
    {
        Inst value = Value(entry);
        return value.Type switch
        {
            IrType.Ptr => value,
            IrType.I64 => Emit(new Inst(IrOp.Opaque, IrType.Ptr, value) { Imm = 1 }), // the same bits, now an address
            _ => throw Error(FindingTable.PointerOperation, "a 32-bit number used as an address"),
        };
    }

    /// <summary>Type on the evaluation stack: small integers are 32 bits there.</summary>
    private IlType StackType(IlType type) => type.IsInteger && type.Size < 4 ? Types.Int32 : type;

    /// <summary>Makes the operands of a binary operation alike.</summary>
    private (Inst A, Inst B) Balance(Entry left, Entry right)
    {
        RefuseFloat(left.Type);
        RefuseFloat(right.Type);
        Inst a = Value(left);
        Inst b = Value(right);
        if (a.Type == b.Type)
        {
            return (a, b);
        }

        if (a.Type == IrType.I32)
        {
            a = b.Type == IrType.Ptr && a.IsConst && a.Imm == 0 ? NullPointer() : SignExtend(a);
        }

        if (b.Type == IrType.I32)
        {
            b = a.Type == IrType.Ptr && b.IsConst && b.Imm == 0 ? NullPointer() : SignExtend(b);
        }

        return (a, b);
    }

    private void CompareValues(ILOpCode code)
    {
        Entry right = Pop();
        Entry left = Pop();
        if (left.Thing is not null && right.Thing is not null)
        {
            Push(Types.Int32, Int32(Equals(left.Thing, right.Thing) == (code == ILOpCode.Ceq) ? 1 : 0));
            return;
        }

        (Inst a, Inst b) = Balance(left, right);
        // "x > 0" unsigned is how "x != null" is written.
        Cond cond = code switch
        {
            ILOpCode.Ceq => Cond.Eq,
            ILOpCode.Cgt => Cond.Sgt,
            ILOpCode.Cgt_un => b.IsConst && b.Imm == 0 ? Cond.Ne : Cond.Ugt,
            ILOpCode.Clt => Cond.Slt,
            _ => Cond.Ult,
        };
        Push(Types.Int32, Compare(cond, a, b));
    }

    private void StackAllocate()
    {
        Entry size = Pop();
        Inst value = Value(size);
        while (value.Op is IrOp.Zext or IrOp.Sext or IrOp.Trunc)
        {
            value = value.Args[0];
        }

        long? bytes = ConstantOf(value);
        if (bytes is null or < 0 or > 512)
        {
            throw bytes is null
                ? Error(FindingTable.VariableStackalloc, "found a size computed at run time")
                : Error(FindingTable.StackExceeded, bytes.Value.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        Inst place = Alloca((int)bytes, 8, null);
        if (_frame.Body.InitLocals)
        {
            foreach (Leaf piece in StorageLayout.Cover((int)bytes, 8))
            {
                Inst zero = Emit(new Inst(IrOp.Const, LeafType(piece)));
                Emit(new Inst(IrOp.Store, IrType.Void, place, zero) { Offset = piece.Offset, Width = (byte)piece.Width });
            }
        }

        Push(Types.Pointer(Types.Primitive(IlKind.U1)), place);
    }

    /// <summary>The constant a value is, as far as this block shows.</summary>
    private static long? ConstantOf(Inst value)
    {
        switch (value.Op)
        {
            case IrOp.Const:
                return value.Imm;
            case IrOp.Zext or IrOp.Sext or IrOp.Trunc:
                return ConstantOf(value.Args[0]);
            case IrOp.Mul or IrOp.Add:
                long? a = ConstantOf(value.Args[0]);
                long? b = ConstantOf(value.Args[1]);
                return value.Op == IrOp.Mul ? a * b : a + b;
            default:
                return null;
        }
    }

    private void TranslateBlock(ILOpCode code)
    {
        long? size = ConstantOf(Value(Pop()));
        Entry second = Pop();
        Entry target = Pop();
        Settle();
        if (size is null or < 0 or > 1024)
        {
            throw Error(FindingTable.UnsupportedIl, "a block copy whose size is not a small constant");
        }

        Inst to = AddressOf(target);
        foreach (Leaf piece in StorageLayout.Cover((int)size, 1))
        {
            Inst value = code == ILOpCode.Initblk
                ? Coerce(second, IrType.I32)
                : Emit(new Inst(IrOp.Load, LeafType(piece), AddressOf(second)) { Offset = piece.Offset, Width = (byte)piece.Width });
            Emit(new Inst(IrOp.Store, IrType.Void, to, value) { Offset = piece.Offset, Width = (byte)piece.Width });
        }
    }
}
