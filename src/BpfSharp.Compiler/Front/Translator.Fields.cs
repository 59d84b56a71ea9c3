using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using BpfSharp.Compiler.Il;
using BpfSharp.Compiler.Ir;
using BpfSharp.Objects;

namespace BpfSharp.Compiler.Front;

#pragma warning disable IDE0010, IDE0072 // the set of opcodes is open: callers pass only those handled here

/// <summary>Fields: of structs, of kernel types (relocated), static ones, and constant tables.</summary>
internal sealed partial class Translator
{
    private void TranslateField(Frame frame, IlInstruction il)
    {
        IlField field = MemberResolver.Field(frame.Method.Image, (int)il.Operand, frame.Method.Context)
            ?? throw Error(FindingTable.NotFound, "a field of a type that cannot be found");
        switch (il.Code)
        {
            case ILOpCode.Ldsfld:
                LoadStatic(field, address: false);
                return;
            case ILOpCode.Ldsflda:
                LoadStatic(field, address: true);
                return;
            case ILOpCode.Stsfld:
                Entry stored = Pop();
                Settle();
                Store(_object.Variable(field, this), field.Type, stored);
                return;
            case ILOpCode.Ldfld:
                {
                    Entry owner = Pop();
                    Inst address = FieldAddress(owner, field);
                    Push(LoadThrough(owner, address, field.Type, false) is { } loaded && !owner.IsStruct
                        ? loaded
                        : Load(address, field.Type) with { Borrowed = field.Type.IsStruct && owner.Borrowed });
                    return;
                }

            case ILOpCode.Ldflda:
                {
                    Entry owner = Pop();
                    Push(Types.ByRef(field.Type), FieldAddress(owner, field));
                    return;
                }

            default:
                {
                    Entry value = Pop();
                    Entry owner = Pop();
                    Inst address = FieldAddress(owner, field);
                    Settle();
                    Store(address, field.Type, value);
                    return;
                }
        }
    }

    private Inst FieldAddress(Entry owner, IlField field)
    {
        if (owner.Thing is not null)
        {
            throw owner.Thing is MapThing
                ? Error(FindingTable.MapUse, field.ToString())
                : Error(FindingTable.Delegate, $"the field {field} of an object");
        }

        if (field.Owner.IsContext)
        {
            throw Error(FindingTable.ContextField, field.ToString());
        }

        if (field.Owner.Kind == IlKind.Class)
        {
            throw Error(FindingTable.Delegate, $"the field {field} of an object");
        }

        Inst address = AddressOf(owner);
        if (field.Owner.KernelName is not null)
        {
            return KernelFieldAddress(address, field);
        }

        return Offset(address, field.Offset);
    }

    private Inst KernelFieldAddress(Inst address, IlField field)
    {
        CoreRequest request = address is { Op: IrOp.Add } && address.Args[1] is { Op: IrOp.Core, Data: CoreRequest outer }
            && outer.Kind == CoreRelocationKind.FieldByteOffset && ReferenceEquals(outer.Path[^1].Type, field.Owner)
            ? outer with { Path = outer.Path.Add(field) }
            : new CoreRequest(CoreRelocationKind.FieldByteOffset, field.Owner, [field], null);
        Inst origin = request.Path.Length > 1 ? address.Args[0] : address;
        Inst offset = Emit(new Inst(IrOp.Core, IrType.I64) { Data = request, Imm = request.LocalOffset });
        return Emit(new Inst(IrOp.Add, IrType.Ptr, origin, offset));
    }

    /// <summary>Reads through an address; kernel memory by probe where the program type has no typed pointers.</summary>
    private Entry LoadThrough(Entry origin, Inst address, IlType type, bool isVolatile)
    {
        bool isKernel = address is { Op: IrOp.Add } && address.Args[1] is { Op: IrOp.Core, Data: CoreRequest };
        if (!isKernel || _kind is null || _kind.DirectKernelReads
            || ReferenceEquals(((CoreRequest)address.Args[1].Data!).Root, _object.ContextPointee))
        {
            return Load(address, type, isVolatile);
        }

        const int probeReadKernel = 113;
        Inst room = Alloca(type);
        Settle();
        Emit(new Inst(IrOp.CallHelper, IrType.I64, room, Int64(type.Size), address)
        {
            Imm = probeReadKernel,
            Data = new CallShape("probe_read_kernel", [new(0, type.Size)], [0]),
        });
        return Load(room, type) with { Borrowed = false };
    }

    private void LoadStatic(IlField field, bool address)
    {
        string owner = field.Owner.DefinitionName;
        if (owner == "System.BitConverter" && field.Name == "IsLittleEndian")
        {
            Push(Types.Int32, Int32(1));
            return;
        }

        if (owner is "System.IntPtr" or "System.UIntPtr" && field.Name == "Zero")
        {
            Push(field.Type, Int64(0));
            return;
        }

        if (owner == "System.String" && field.Name == "Empty")
        {
            Push(new Entry(field.Type, null, new TextThing("")));
            return;
        }

        int rva = field.Row.GetRelativeVirtualAddress();
        if (rva != 0)
        {
            byte[] data = field.Owner.Definition!.Image.GetFieldData(rva, field.Type.Size);
            Inst place = _object.Constant(data, 8, this);
            Push(address
                ? new Entry(Types.Pointer(field.Type), place)
                : Load(place, field.Type));
            return;
        }

        if (field.Type.IsMap)
        {
            Push(new Entry(field.Type, null, _object.Map(field, this)));
            return;
        }

        if (field.Type.IsConstantDeclaration)
        {
            Push(new Entry(field.Type, null, new DeclarationThing(field)));
            return;
        }

        if (field.IsReadOnly && _object.StaticValue(field) is { } value)
        {
            switch (value)
            {
                case StaticNumber number when !address && !field.Type.IsStruct:
                    Push(field.Type, Emit(new Inst(IrOp.Const, TypeOf(field.Type)) { Imm = number.Value }));
                    return;
                case StaticArray array:
                    Push(new Entry(field.Type, null, new TableThing(array.Bytes, array.Element, field.ToString())));
                    return;
                case StaticText text:
                    Push(new Entry(field.Type, null, new TextThing(text.Text)));
                    return;
            }
        }

        if (field.Type.Kind is IlKind.Class or IlKind.Array || field.Owner.Definition!.Image.Name == "System.Private.CoreLib")
        {
            throw Error(FindingTable.StaticField, field.ToString());
        }

        Inst variable = _object.Variable(field, this);
        Push(address ? new Entry(Types.ByRef(field.Type), variable) : Load(variable, field.Type));
    }

    /// <summary>Emits the address of a byte in a data section.</summary>
    internal Inst SectionAddress(int map, int offset) =>
        Emit(new Inst(IrOp.MapValue, IrType.Ptr) { Imm = map, Offset = offset, Space = Space.MapValue });

    /// <summary>Emits the address of a symbol of the kernel: a number, for nothing tells its type.</summary>
    internal Inst ExternAddress(int index) => Emit(new Inst(IrOp.ExternRef, IrType.I64) { Imm = index });

    internal CompileError StaticError(FindingRow row, string what) => Error(row, what);

    private void TranslateToken(Frame frame, int token)
    {
        EntityHandle handle = MetadataTokens.EntityHandle(token);
        if (handle.Kind == HandleKind.FieldDefinition)
        {
            IlField field = MemberResolver.Field(frame.Method.Image, token, frame.Method.Context)!;
            Push(new Entry(field.Type, null, new FieldThing(field)));
            return;
        }

        throw Error(FindingTable.UnsupportedIl, "ldtoken");
    }

    private void TranslateArray(Frame frame, IlInstruction il)
    {
        bool isLoad = il.Code is ILOpCode.Ldelem or ILOpCode.Ldelema or (>= ILOpCode.Ldelem_i1 and <= ILOpCode.Ldelem_ref);
        if (il.Code == ILOpCode.Ldlen && _stack[^1].Thing is TableThing whole)
        {
            Pop();
            Push(Types.Primitive(IlKind.NUInt), Int64(whole.Bytes.Length / Math.Max(1, whole.Element.Size)));
            return;
        }

        if (!isLoad || _stack[^2].Thing is not TableThing table)
        {
            throw Error(FindingTable.StringOrArray, il.Code.ToString().ToLowerInvariant());
        }

        Inst index = Value(Pop());
        Pop();
        int count = table.Bytes.Length / table.Element.Size;
        if (index.Type == IrType.I32)
        {
            Inst memory = Keep(index);
            List<Entry> saved = KeepStack();
            Require(Cond.Ult, index, Int32(count));
            ReloadStack(saved);
            index = ZeroExtend(Reload(memory, IrType.I32));
        }
        else
        {
            (index, _) = RequireAcross(Cond.Ult, index, index, index, count);
        }

        Inst place = _object.Constant(table.Bytes, 8, this);
        Inst scaled = table.Element.Size == 1 ? index : Binary(IrOp.Mul, index, Int64(table.Element.Size));
        Inst address = Binary(IrOp.Add, place, scaled);
        Push(il.Code == ILOpCode.Ldelema
            ? new Entry(Types.ByRef(table.Element), address)
            : Load(address, table.Element) with { Borrowed = false });
    }
}
