using BpfSharp.Compiler.Il;
using BpfSharp.Compiler.Ir;
using BpfSharp.Language;
using BpfSharp.Objects;

namespace BpfSharp.Compiler.Front;

/// <summary>Members of the language whose meaning the compiler knows.</summary>
internal sealed partial class Translator
{
    private readonly Dictionary<Inst, FormatThing> _formats = [];
    private FormatThing? _format;

    /// <summary>A print format that is being put together.</summary>
    private sealed class FormatThing
    {
        public System.Text.StringBuilder Text { get; } = new();

        public List<Inst> Memory { get; } = [];
    }

    private bool TranslateIntrinsic(BpfIntrinsicKind kind, IlMethod method, Entry[] arguments)
    {
        switch (kind)
        {
            case BpfIntrinsicKind.DeclaredValue:
                ReadDeclared(method, arguments[0]);
                return true;
            case BpfIntrinsicKind.LostCounter:
                if (arguments[0].Thing is not MapThing map)
                {
                    throw Error(FindingTable.MapUse, method.Name);
                }

                Push(Types.ByRef(Types.Primitive(IlKind.U8)), _object.LostCounter(map, this));
                return true;
            case BpfIntrinsicKind.ContextPointer:
                Push(method.ReturnType, ContextPointer(arguments[0]));
                return true;
            case BpfIntrinsicKind.Opaque:
                Inst value = Value(arguments[0]);
                Push(arguments[0].Type, Emit(new Inst(IrOp.Opaque, value.Type, value)));
                return true;
            case BpfIntrinsicKind.Fault:
                _stack.Clear();
                Jump(FaultTarget());
                return false;
            case BpfIntrinsicKind.MayContinue:
                MayContinue(method);
                return true;
            case BpfIntrinsicKind.FormatBegin:
                _format = new FormatThing();
                _formats[Value(arguments[0])] = _format;
                return true;
            case BpfIntrinsicKind.FormatLiteral:
                AppendLiteral(arguments[1]);
                return true;
            case BpfIntrinsicKind.FormatValue:
                AppendValue(method, arguments);
                return true;
            case BpfIntrinsicKind.FormatPrint:
                Print(method);
                return true;
            case BpfIntrinsicKind.IsManaged:
                Push(method.ReturnType, Int32(0));
                return true;
            case BpfIntrinsicKind.CoreFieldExists:
                AskCore(method, arguments, CoreRelocationKind.FieldExists);
                return true;
            case BpfIntrinsicKind.CoreFieldSize:
                AskCore(method, arguments, CoreRelocationKind.FieldByteSize);
                return true;
            case BpfIntrinsicKind.CoreFieldOffset:
                AskCore(method, arguments, CoreRelocationKind.FieldByteOffset);
                return true;
            case BpfIntrinsicKind.CoreTypeExists:
                AskCore(method, arguments, CoreRelocationKind.TypeExists);
                return true;
            case BpfIntrinsicKind.CoreTypeSize:
                AskCore(method, arguments, CoreRelocationKind.TypeSize);
                return true;
            case BpfIntrinsicKind.CoreEnumExists:
                AskCore(method, arguments, CoreRelocationKind.EnumValueExists);
                return true;
            case BpfIntrinsicKind.CoreEnumValue:
                AskCore(method, arguments, CoreRelocationKind.EnumValue);
                return true;
            default:
                throw Error(FindingTable.UnsupportedCall, method.FullName);
        }
    }

    private void ReadDeclared(IlMethod method, Entry declaration)
    {
        if (declaration.Thing is not DeclarationThing thing)
        {
            throw Error(FindingTable.StaticField, "a constant that is no static readonly field");
        }

        IlType type = method.ReturnType.IsAddress ? method.ReturnType.Element! : method.ReturnType;
        Inst address = _object.DeclaredVariable(thing.Field, type, this);
        Push(method.ReturnType.IsAddress || address.Op == IrOp.ExternRef ? new Entry(method.ReturnType, address) : Load(address, type));
    }

    private void MayContinue(IlMethod method)
    {
        Inst memory = Alloca(4, 4, null);
        List<Entry> saved = KeepStack();
        Block yes = _function.NewBlock();
        Block no = _function.NewBlock();
        Block next = _function.NewBlock();
        Emit(new Inst(IrOp.MayGoto, IrType.Void) { Targets = [yes, no] });
        _block = yes;
        Emit(new Inst(IrOp.Store, IrType.Void, memory, Int32(1)) { Width = 4 });
        Jump(next);
        _block = no;
        Emit(new Inst(IrOp.Store, IrType.Void, memory, Int32(0)) { Width = 4 });
        Jump(next);
        _block = next;
        ReloadStack(saved);
        Push(method.ReturnType, Reload(memory, IrType.I32));
    }

    private void AppendLiteral(Entry text)
    {
        if (text.Thing is not TextThing literal || _format is null)
        {
            throw Error(FindingTable.Format, "a literal was expected");
        }

        _format.Text.Append(literal.Text.Replace("%", "%%", StringComparison.Ordinal));
    }

    private void AppendValue(IlMethod method, Entry[] arguments)
    {
        if (_format is null)
        {
            throw Error(FindingTable.Format, "a value without a format");
        }

        IlType type = method.Parameters[0];
        bool isHex = arguments.Length > 2 && arguments[2].Thing is TextThing { Text: "x" or "X" };
        if (arguments.Length > 2 && arguments[2].Thing is TextThing { Text: not ("x" or "X") } other)
        {
            throw Error(FindingTable.Format, $"the format '{other.Text}'; only x is known");
        }

        if (type.DefinitionName is "System.ReadOnlySpan`1" or "System.Span`1")
        {
            _format.Text.Append("%s");
            _format.Memory.Add(Keep(Emit(new Inst(IrOp.Load, IrType.Ptr, Value(arguments[1])) { Width = 8 })));
            return;
        }

        if (type.IsStruct && type.Definition?.FindAttribute("InlineArrayAttribute") is not null)
        {
            // The address of the value: a copy on the stack, or where it stands.
            _format.Text.Append("%s");
            _format.Memory.Add(Keep(Value(Own(arguments[1]))));
            return;
        }

        if (!type.IsInteger && !type.IsAddress)
        {
            throw Error(FindingTable.Format, $"a value of type {type}");
        }

        if (type.IsAddress)
        {
            _format.Text.Append("%p");
            _format.Memory.Add(Keep(Value(arguments[1])));
            return;
        }

        bool isWide = type.Size == 8;
        _format.Text.Append('%').Append(isWide ? "ll" : "").Append(isHex ? 'x' : type.IsSigned ? 'd' : 'u');
        Inst value = Value(arguments[1]);
        _format.Memory.Add(Keep(type.IsSigned ? SignExtend(value) : ZeroExtend(value)));
    }

    private void Print(IlMethod method)
    {
        const int tracePrintk = 6;
        const int traceVprintk = 177;
        FormatThing format = _format ?? throw Error(FindingTable.Format, "nothing to print");
        _format = null;
        if (format.Memory.Count > 12)
        {
            throw Error(FindingTable.Format, $"{format.Memory.Count} values; 12 are allowed");
        }

        byte[] bytes = [.. System.Text.Encoding.UTF8.GetBytes(format.Text.ToString()), 0];
        Inst text = _object.Constant(bytes, 1, this);
        Inst call;
        if (format.Memory.Count <= 3)
        {
            List<Inst> registers = [text, Int64(bytes.Length)];
            registers.AddRange(format.Memory.Select(m => Reload(m, IrType.I64)));
            call = new Inst(IrOp.CallHelper, IrType.I64, [.. registers])
            {
                Imm = tracePrintk,
                Data = new CallShape("trace_printk", [(0, bytes.Length)], []),
            };
        }
        else
        {
            Inst data = Alloca(format.Memory.Count * 8, 8, null);
            for (int i = 0; i < format.Memory.Count; i++)
            {
                Emit(new Inst(IrOp.Store, IrType.Void, data, Reload(format.Memory[i], IrType.I64)) { Offset = i * 8, Width = 8 });
            }

            call = new Inst(IrOp.CallHelper, IrType.I64, text, Int64(bytes.Length), data, Int64(format.Memory.Count * 8))
            {
                Imm = traceVprintk,
                Data = new CallShape("trace_vprintk", [(0, bytes.Length), (2, format.Memory.Count * 8)], []),
            };
        }

        Emit(call);
        PushResult(method, call);
    }

    private void AskCore(IlMethod method, Entry[] arguments, CoreRelocationKind kind)
    {
        IlType root = method.Arguments.Length > 0 ? method.Arguments[0] : method.Owner;
        if (root.KernelName is null)
        {
            throw Error(FindingTable.KernelType, root.Name);
        }

        List<IlField> path = [];
        string? member = null;
        long local = 0;
        if (arguments.Length > 0)
        {
            string name = arguments[0].Thing is TextThing text ? text.Text
                : throw Error(FindingTable.KernelType, "a name that is no constant");
            if (kind is CoreRelocationKind.EnumValue or CoreRelocationKind.EnumValueExists)
            {
                member = name;
                local = root.Definition!.EnumMembers.Where(m => m.Name == name).Select(m => m.Value).FirstOrDefault();
            }
            else
            {
                IlType at = root;
                foreach (string part in name.Split('.'))
                {
                    IlField field = at.Fields.FirstOrDefault(f => f.Name == part)
                        ?? throw Error(FindingTable.KernelType, $"{at} has no field {part}");
                    path.Add(field);
                    at = field.Type;
                }

                local = kind == CoreRelocationKind.FieldByteSize ? at.Size : path.Sum(f => f.Offset);
            }
        }

        CoreRequest request = new(kind, root, [.. path], member);
        bool isTest = kind is CoreRelocationKind.FieldExists or CoreRelocationKind.TypeExists or CoreRelocationKind.EnumValueExists;
        Inst answer = Emit(new Inst(IrOp.Core, IrType.I64)
        {
            Data = request,
            Imm = isTest ? 1 : kind == CoreRelocationKind.TypeSize ? root.Size : local,
        });
        Push(method.ReturnType, TypeOf(method.ReturnType) == IrType.I32
            ? Emit(new Inst(IrOp.Trunc, IrType.I32, answer)) : answer);
    }
}
