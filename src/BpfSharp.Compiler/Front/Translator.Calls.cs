using System.Collections.Immutable;
using System.Reflection.Metadata.Ecma335;
using BpfSharp.Compiler.Il;
using BpfSharp.Compiler.Ir;
using BpfSharp.Language;

namespace BpfSharp.Compiler.Front;

/// <summary>Calls: inlined, to helpers and kernel functions, to subprograms, and those the language gives a meaning.</summary>
internal sealed partial class Translator
{
    private bool TranslateCall(Frame frame, IlInstruction il)
    {
        int token = (int)il.Operand;
        IlMethod method = MemberResolver.Method(frame.Method.Image, token, frame.Method.Context)
            ?? throw Error(FindingTable.UnsupportedCall, MemberResolver.Describe(frame.Method.Image, token));
        IlType? constraint = _constraint;
        _constraint = null;
        if (constraint is not null)
        {
            method = Constrain(constraint, method);
        }
        else if (il.Code == System.Reflection.Metadata.ILOpCode.Callvirt && method.Owner.Definition is { IsDelegate: false } owner
            && (method.IsAbstract || (owner.Row.Attributes & System.Reflection.TypeAttributes.Interface) != 0)
            && !method.Owner.IsMap && !IsDefaultComparer(method))
        {
            throw Error(FindingTable.VirtualCall, method.FullName);
        }

        Entry[] arguments = PopArguments(method.AllParameters.Length);
        return Call(method, arguments);
    }

    private IlMethod Constrain(IlType constraint, IlMethod method)
    {
        if (constraint.Kind == IlKind.Class && !method.IsAbstract)
        {
            return method;
        }

        IlMethod? found = MemberResolver.Implementation(constraint, method);
        if (found is null || (!found.IsStatic && found.Owner.Kind == IlKind.Class && constraint.Kind != IlKind.Class))
        {
            throw method.Owner.Name is "System.Object" or "System.ValueType" or "System.Enum"
                ? Error(FindingTable.Boxing, constraint.Name)
                : Error(FindingTable.VirtualCall, method.FullName);
        }

        return found;
    }

    private Entry[] PopArguments(int count)
    {
        Entry[] arguments = new Entry[count];
        for (int i = count - 1; i >= 0; i--)
        {
            arguments[i] = Pop();
        }

        Settle();
        return arguments;
    }

    /// <returns>False if the call never returns.</returns>
    private bool Call(IlMethod method, Entry[] arguments)
    {
        if (method.Owner.Definition is { IsDelegate: true } && method.Name == "Invoke")
        {
            Entry target = arguments[0];
            return target.Thing is DelegateThing thing
                ? Call(thing.Method, thing.HasReceiver ? [.. arguments.Select((a, i) => i == 0 ? NullReceiver(thing) : a)]
                    : arguments[1..])
                : throw Error(FindingTable.Delegate, method.Owner.Name);
        }

        CopyKernelFields(method, arguments);
        if (IsOfLanguage(method))
        {
            if (method.FindAttribute(nameof(BpfIntrinsicAttribute)) is { } intrinsic)
            {
                return TranslateIntrinsic((BpfIntrinsicKind)intrinsic.Integer(0), method, arguments);
            }

            if (method.FindAttribute(nameof(BpfHelperCallAttribute)) is { } helper)
            {
                PushResult(method, CallOut(method, arguments, IrOp.CallHelper, helper.Integer(0), null));
                return true;
            }

            if (method.FindAttribute(nameof(BpfKfuncAttribute)) is { } kfunc)
            {
                string name = kfunc.Text(0) ?? method.Name;
                int index = _object.Extern(name, Objects.ExternKind.Kfunc, kfunc.Integer("IsWeak", 0) != 0, method);
                PushResult(method, CallOut(method, arguments, IrOp.CallKfunc, index, name));
                return true;
            }

            if (method.FindAttribute(nameof(BpfContextFieldAttribute)) is { } field)
            {
                TranslateContextField(method, field, arguments);
                return true;
            }

            if (method.FindAttribute(nameof(BpfBodyAttribute)) is { } body)
            {
                string name = body.Text(0) ?? "";
                method = MemberResolver.Find(method.Owner, name, null, method.Arguments)
                    ?? throw Error(FindingTable.NotFound, $"the method {name} that stands for {method.FullName}");
                return Call(method, arguments);
            }
        }

        if (method.Image.Name.StartsWith("System.", StringComparison.Ordinal) && LibraryCall(method, arguments) is { } goesOn)
        {
            return goesOn;
        }

        if (method.Body is null)
        {
            throw Error(FindingTable.NoBody, method.FullName);
        }

        if (method.NoInlining && !method.Image.Name.StartsWith("System.", StringComparison.Ordinal)
            && !Array.Exists(arguments, a => a.Thing is DelegateThing or TextThing or TableThing))
        {
            CallSubprogram(method, arguments);
            return true;
        }

        Inline(method, arguments);
        return true;
    }

    // "in" may pass the address of a field of a kernel type; nothing but a load can follow it, so a copy is passed instead.
    private void CopyKernelFields(IlMethod method, Entry[] arguments)
    {
        int first = arguments.Length - method.Parameters.Length;
        for (int i = 0; i < method.Parameters.Length; i++)
        {
            if (arguments[first + i].Value is { Op: IrOp.Add } address && address.Args[1].Op == IrOp.Core
                && method.Parameters[i].Kind == IlKind.ByRef && method.IsInParameter(i))
            {
                IlType type = method.Parameters[i].Element!;
                Inst copy = Alloca(type);
                Store(copy, type, LoadThrough(arguments[first + i], address, type, false));
                arguments[first + i] = new Entry(method.Parameters[i], copy);
            }
        }
    }

    private static Entry NullReceiver(DelegateThing thing) => new(thing.Method.Owner, null, NullThing.Instance);

    // Attributes are only looked for where they can be: reading them costs time.
    private static bool IsOfLanguage(IlMethod method) =>
        !method.Image.Name.StartsWith("System.", StringComparison.Ordinal) && method.Attributes.Length > 0;

    private void Inline(IlMethod method, Entry[] arguments)
    {
        Block end = _function.NewBlock();
        Entry? result = InlineCall(method, arguments, end);
        if (result is { } value)
        {
            Push(value);
        }
    }

    private void PushResult(IlMethod method, Inst? result)
    {
        if (method.ReturnType.Kind == IlKind.Void)
        {
            return;
        }

        Inst value = result!;
        if (method.ReturnType.Kind == IlKind.Boolean)
        {
            Push(method.ReturnType, Compare(Cond.Ne, value, Int64(0)));
            return;
        }

        if (TypeOf(method.ReturnType) == IrType.I32)
        {
            value = Emit(new Inst(IrOp.Trunc, IrType.I32, value));
            value = Narrow(value, method.ReturnType.Integer);
        }

        Push(method.ReturnType, value);
    }

    /// <summary>Calls a helper or kernel function: arguments in r1..r5 as the language says.</summary>
    private Inst CallOut(IlMethod method, Entry[] arguments, IrOp op, long number, string? name)
    {
        List<Inst> registers = [];
        List<(int, int)> sizes = [];
        List<int> writes = [];
        ImmutableArray<IlType> types = method.AllParameters;
        Inst? pair = null;
        for (int i = 0; i < arguments.Length; i++)
        {
            if (arguments[i].Thing is DelegateThing target && i + 1 < arguments.Length && types[i + 1].Kind == IlKind.ByRef)
            {
                // The state follows.
                CallbackKey key = CallbackOf(Typed(target, types[i]), hasState: true);
                registers.Add(Emit(new Inst(IrOp.FuncRef, IrType.Ptr) { Data = key }));
                if (key.TellsFaults)
                {
                    i++;
                    pair = Alloca(FaultPair.Size, 8, null);
                    Emit(new Inst(IrOp.Store, IrType.Void, pair, Coerce(arguments[i], IrType.Ptr)) { Width = 8 });
                    Emit(new Inst(IrOp.Store, IrType.Void, pair, Int64(0)) { Offset = FaultPair.Flag, Width = 8 });
                    registers.Add(pair);
                }

                continue;
            }

            AddRegister(arguments[i], types[i], registers, sizes, writes);
        }

        if (registers.Count > 5)
        {
            throw Error(FindingTable.TooManyArguments, method.FullName);
        }

        if (method.ReturnType.IsStruct)
        {
            throw Error(FindingTable.Signature, method.FullName);
        }

        IrType type = TypeOf(method.ReturnType) == IrType.Ptr ? IrType.Ptr : IrType.I64;
        Inst call = new(op, type, [.. registers])
        {
            Imm = number,
            Data = new CallShape(name ?? method.Name, [.. sizes], [.. writes]),
            Space = type == IrType.Ptr ? number == 1 && op == IrOp.CallHelper ? Space.MapValue : Space.Memory : Space.Unknown,
        };
        Emit(call);
        if (pair is null)
        {
            return call;
        }

        Inst memory = Keep(call);
        List<Entry> saved = KeepStack();
        Require(Cond.Eq, Emit(new Inst(IrOp.Load, IrType.I64, pair) { Offset = FaultPair.Flag, Width = 8 }), Int64(0));
        ReloadStack(saved);
        return Reload(memory, call.Type);
    }

    private static DelegateThing Typed(DelegateThing target, IlType type) =>
        target with { DelegateType = type.Definition is { IsDelegate: true } ? type : target.DelegateType };

    private void AddRegister(Entry argument, IlType type, List<Inst> registers, List<(int, int)> sizes, List<int> writes)
    {
        if (argument.Thing is MapThing)
        {
            registers.Add(Value(argument));
            return;
        }

        if (argument.Thing is DelegateThing target)
        {
            registers.Add(Emit(new Inst(IrOp.FuncRef, IrType.Ptr)
            {
                Data = CallbackOf(Typed(target, type), hasState: false),
            }));
            return;
        }

        if (argument.Thing is TextThing text)
        {
            byte[] bytes = [.. System.Text.Encoding.UTF8.GetBytes(text.Text), 0];
            registers.Add(_object.Constant(bytes, 1, this));
            return;
        }

        if (type.IsContext || (type.IsAddress && type.Element!.IsContext))
        {
            registers.Add(ContextPointer(argument));
            return;
        }

        if (type.DefinitionName is "System.Span`1" or "System.ReadOnlySpan`1")
        {
            Inst span = Value(argument);
            registers.Add(Emit(new Inst(IrOp.Load, IrType.Ptr, span) { Offset = 0, Width = 8 }));
            Inst length = ZeroExtend(Emit(new Inst(IrOp.Load, IrType.I32, span) { Offset = 8, Width = 4 }));
            int size = type.Arguments[0].Size;
            registers.Add(size == 1 ? length : Binary(IrOp.Mul, length, Int64(size)));
            return;
        }

        if (type.IsStruct)
        {
            sizes.Add((registers.Count, type.Size));
            Entry own = Own(argument);
            registers.Add(Value(own));
            return;
        }

        if (type.IsAddress)
        {
            if (type.Kind == IlKind.ByRef && type.Element!.Size > 0)
            {
                sizes.Add((registers.Count, type.Element.Size));
            }

            writes.Add(registers.Count);
            registers.Add(Coerce(argument, IrType.Ptr));
            return;
        }

        Inst value = Value(argument);
        registers.Add(value.Type != IrType.I32 ? value : type.IsInteger && type.IsSigned
            ? SignExtend(value) : ZeroExtend(value));
    }

    private Inst ContextPointer(Entry argument) => argument.Type.IsAddress && argument.Type.Element!.IsContext
        ? Emit(new Inst(IrOp.Load, IrType.Ptr, Value(argument)) { Width = 8, Space = Space.Context })
        : Value(argument);

    private void TranslateContextField(IlMethod method, AttributeData field, Entry[] arguments)
    {
        Inst context = ContextPointer(arguments[0]);
        int offset = (int)field.Integer(0);
        int size = (int)field.Integer(1);
        bool isSetter = method.ReturnType.Kind == IlKind.Void;
        int indices = method.Parameters.Length - (isSetter ? 1 : 0);
        if (indices == 1)
        {
            offset += size * (int)(ConstantOf(Value(arguments[1])) ?? throw Error(FindingTable.ContextAccess, method.Name));
        }

        if (isSetter)
        {
            Inst value = Coerce(arguments[^1], size == 8 ? IrType.I64 : IrType.I32, method.Parameters[^1]);
            Emit(new Inst(IrOp.Store, IrType.Void, context, value) { Offset = offset, Width = (byte)size, Volatile = true });
            return;
        }

        BpfPointerSpace space = (BpfPointerSpace)field.Integer("Space", 0);
        IrType type = TypeOf(method.ReturnType);
        bool isPointer = space != BpfPointerSpace.None || type == IrType.Ptr;
        Inst load = Emit(new Inst(IrOp.Load, isPointer ? IrType.Ptr : size == 8 ? IrType.I64 : IrType.I32, context)
        {
            Offset = offset,
            Width = (byte)size,
            Signed = !isPointer && method.ReturnType.IsSigned && size < 8,
            Space = space switch
            {
                BpfPointerSpace.Packet or BpfPointerSpace.PacketMeta => Space.Packet,
                BpfPointerSpace.PacketEnd => Space.PacketEnd,
                BpfPointerSpace.Kernel => Space.Kernel,
                BpfPointerSpace.User => Space.User,
                BpfPointerSpace.Memory => Space.Memory,
                BpfPointerSpace.None => Space.Unknown,
                _ => Space.Unknown,
            },
            Data = ContextLoad,
        });
        if (!isPointer && load.Type != type)
        {
            load = type == IrType.I64
                ? method.ReturnType.IsSigned ? SignExtend(load) : ZeroExtend(load)
                : Emit(new Inst(IrOp.Trunc, IrType.I32, load));
        }

        if (method.ReturnType.Kind == IlKind.Boolean)
        {
            load = Compare(Cond.Ne, load, Emit(new Inst(IrOp.Const, load.Type)));
        }
        else if (type == IrType.I32 && size > method.ReturnType.Size)
        {
            load = Narrow(load, method.ReturnType.Integer);
        }

        Push(isPointer && type != IrType.Ptr ? Types.Pointer(Types.Primitive(IlKind.U1)) : method.ReturnType, load);
    }

    /// <summary>Marks loads of context fields, which keep their width and place.</summary>
    public static readonly object ContextLoad = new();

    private void CallSubprogram(IlMethod method, Entry[] arguments)
    {
        Subprogram target = _object.Subprogram(method, this);
        List<Inst> registers = [];
        Inst? result = null;
        if (method.ReturnType.IsStruct)
        {
            result = Alloca(method.ReturnType);
            registers.Add(result);
        }

        ImmutableArray<IlType> types = method.AllParameters;
        for (int i = 0; i < arguments.Length; i++)
        {
            if (types[i].IsStruct)
            {
                registers.Add(Value(Own(arguments[i])));
            }
            else
            {
                registers.Add(arguments[i].Thing is null ? Coerce(arguments[i], TypeOf(types[i]), types[i]) : Value(arguments[i]));
            }
        }

        if (registers.Count > 5)
        {
            throw Error(FindingTable.TooManyArguments, method.FullName);
        }

        Inst call = Emit(new Inst(IrOp.CallLocal, target.Function.ReturnType, [.. registers]) { Data = target.Function });
        if (target.CanFault)
        {
            // The upper half tells a fault from a value.
            Inst memory = Keep(call);
            List<Entry> saved = KeepStack();
            Require(Cond.Eq, Binary(IrOp.Shr, call, Int64(32)), Int64(0));
            ReloadStack(saved);
            call = Reload(memory, IrType.I64);
            call = Emit(new Inst(IrOp.Trunc, IrType.I32, call));
        }

        if (result is not null)
        {
            Push(method.ReturnType, result);
        }
        else if (method.ReturnType.Kind != IlKind.Void)
        {
            Inst value = TypeOf(method.ReturnType) == IrType.I32 && call.Type == IrType.I64
                ? Emit(new Inst(IrOp.Trunc, IrType.I32, call)) : call;
            Push(method.ReturnType, value);
        }
    }

    private CallbackKey CallbackOf(DelegateThing target, bool hasState)
    {
        AttributeData? shape = target.DelegateType?.Definition?.FindAttribute(nameof(BpfCallbackAttribute));
        int leading = shape is null ? 0 : (int)shape.Integer("LeadingArguments", 0);
        CallbackKey key = new(target.Method, target.HasReceiver, leading, shape is not null
            && target.Method.ReturnType.Kind == IlKind.Boolean);
        if (hasState && _object.CallbackFaults(key))
        {
            key = key with { TellsFaults = true };
        }

        _object.Callback(key);
        return key;
    }

    private bool TranslateNew(Frame frame, IlInstruction il)
    {
        int token = (int)il.Operand;
        IlMethod constructor = MemberResolver.Method(frame.Method.Image, token, frame.Method.Context)
            ?? throw Error(FindingTable.UnsupportedCall, MemberResolver.Describe(frame.Method.Image, token));
        IlType type = constructor.Owner;
        if (type.Definition is { IsDelegate: true })
        {
            Entry target = Pop();
            Entry receiver = Pop();
            if (target.Thing is not DelegateThing thing || receiver.Thing is not NullThing)
            {
                throw Error(FindingTable.Delegate, "a capturing lambda or an instance method");
            }

            Push(new Entry(type, null, thing with { DelegateType = type }));
            return true;
        }

        Entry[] arguments = PopArguments(constructor.Parameters.Length);
        if (type.Kind == IlKind.Class && type.Name.EndsWith("Exception", StringComparison.Ordinal))
        {
            Push(new Entry(type, null, NullThing.Instance)); // thrown next: only that it is thrown matters
            return true;
        }

        if (type.Name.Contains("<>c__DisplayClass", StringComparison.Ordinal) && !type.IsStruct)
        {
            throw Error(FindingTable.Delegate, "a lambda that captures variables");
        }

        if (!type.IsStruct && !type.IsContext)
        {
            throw Error(FindingTable.Allocation, type.Name);
        }

        Inst place = Alloca(type);
        if (!type.IsContext)
        {
            ZeroStruct(place, type);
        }

        bool goesOn = Call(constructor, [new Entry(Types.ByRef(type), place), .. arguments]);
        if (goesOn)
        {
            Push(type.IsStruct ? new Entry(type, place) : Load(place, type));
        }

        return goesOn;
    }

    private void TranslateIndirectCall(Frame frame, IlInstruction il)
    {
        Entry target = Pop();
        if (target.Thing is not DelegateThing thing)
        {
            throw Error(FindingTable.Delegate, "a function pointer");
        }

        _ = MetadataTokens.EntityHandle((int)il.Operand);
        _ = frame;
        Call(thing.Method, PopArguments(thing.Method.AllParameters.Length));
    }
}
