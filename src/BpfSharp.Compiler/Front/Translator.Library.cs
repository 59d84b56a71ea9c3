using BpfSharp.Compiler.Il;
using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Front;

/// <summary>Members of the base library that are intrinsics, and which others may be inlined.</summary>
internal sealed partial class Translator
{
    // Types whose members are small enough to compile as they are; their "Throw..." calls become faults.
    private static readonly HashSet<string> s_inlinable = new(StringComparer.Ordinal)
    {
        "System.Span`1", "System.ReadOnlySpan`1", "System.Span`1+Enumerator", "System.ReadOnlySpan`1+Enumerator",
        "System.Index", "System.Range", "System.Nullable`1", "System.Math", "System.Numerics.BitOperations",
        "System.Buffers.Binary.BinaryPrimitives", "System.BitConverter", "System.MemoryExtensions",
        "System.Runtime.InteropServices.MemoryMarshal", "System.Collections.Generic.KeyValuePair`2",
        "System.Byte", "System.SByte", "System.Int16", "System.UInt16", "System.Int32", "System.UInt32", "System.Int64",
        "System.UInt64", "System.IntPtr", "System.UIntPtr", "System.Boolean", "System.Char", "System.UInt128", "System.Int128",
        "System.Runtime.CompilerServices.Unsafe", "System.Half",
    };

    /// <returns><see langword="null"/> if the method is to be inlined; else whether code goes on behind the call.</returns>
    private bool? LibraryCall(IlMethod method, Entry[] arguments)
    {
        string owner = method.Owner.DefinitionName;
        if (AlwaysThrows(method, owner))
        {
            _stack.Clear();
            Jump(FaultTarget());
            return false;
        }

        if (method.Name is "get_IsSupported" or "get_IsHardwareAccelerated")
        {
            Push(method.ReturnType, Int32(0));
            return true;
        }

        bool done = owner switch
        {
            "System.Enum" when method.Name == "HasFlag" => HasFlag(method, arguments),
            "System.Span`1" or "System.ReadOnlySpan`1" or "System.MemoryExtensions"
                when Array.Find(arguments, a => a.Thing is TableThing).Thing is TableThing table => TableSpan(method, arguments, table),
            "System.Runtime.CompilerServices.Unsafe" => UnsafeCall(method, arguments),
            "System.Runtime.CompilerServices.RuntimeHelpers" => RuntimeHelpersCall(method, arguments),
            "System.Threading.Interlocked" => InterlockedCall(method, arguments),
            "System.Threading.Volatile" => VolatileCall(method, arguments),
            "System.Buffers.Binary.BinaryPrimitives" => ReverseCall(method, arguments),
            "System.Runtime.InteropServices.MemoryMarshal" => MemoryMarshalCall(method, arguments),
            "System.MemoryExtensions" or "System.Span`1" or "System.ReadOnlySpan`1" => Substitute(method, arguments),
            "System.Diagnostics.Debug" => true,
            ComparerType => ComparerCall(method, arguments),
            "System.Object" when method.Name == ".ctor" => true,
            _ => false,
        };
        if (done)
        {
            return true;
        }

        if (owner is "System.Threading.Monitor" or "System.Threading.Lock" or "System.Threading.Lock+Scope")
        {
            throw Error(FindingTable.Lock, method.Name);
        }

        if (owner == "System.String" || method.Owner.Kind == IlKind.Array)
        {
            throw Error(FindingTable.StringOrArray, method.FullName);
        }

        if (method.Parameters.Any(p => p.Kind is IlKind.R4 or IlKind.R8) || method.ReturnType.Kind is IlKind.R4 or IlKind.R8)
        {
            throw Error(FindingTable.FloatingPoint, method.FullName);
        }

        bool inlinable = s_inlinable.Contains(owner) || IsGuard(method) || owner.StartsWith("System.ValueTuple", StringComparison.Ordinal);
        if (!inlinable || method.Body is null)
        {
            throw Error(FindingTable.UnsupportedCall, method.FullName);
        }

        return null;
    }

    private bool HasFlag(IlMethod method, Entry[] arguments)
    {
        // The receiver is boxed too, or, constrained, an address.
        Entry whole = arguments[0].Thing is BoxedThing first ? first.Inner : Load(Value(arguments[0]), arguments[0].Type.Element!);
        if (arguments[1].Thing is not BoxedThing flag)
        {
            return false;
        }

        IrType type = TypeOf(flag.Inner.Type);
        Inst wanted = Coerce(flag.Inner, type, flag.Inner.Type);
        Push(method.ReturnType, Compare(Cond.Eq, Binary(IrOp.And, Coerce(whole, type, flag.Inner.Type), wanted), wanted));
        return true;
    }

    // A table as a span to read from: it stands in read-only data.
    private bool TableSpan(IlMethod method, Entry[] arguments, TableThing table)
    {
        if (method.Name is not ("op_Implicit" or "AsSpan") || arguments.Length != 1)
        {
            return false;
        }

        if (method.ReturnType.DefinitionName != "System.ReadOnlySpan`1")
        {
            throw Error(FindingTable.StringOrArray, table.Name + " as a span that can be written to; a ReadOnlySpan can be made of it");
        }

        PushSpan(method.ReturnType, _object.Constant(table.Bytes, 8, this), table.Bytes.Length / Math.Max(1, table.Element.Size));
        return true;
    }

    private bool UnsafeCall(IlMethod method, Entry[] arguments)
    {
        IlType element = method.Arguments.Length > 0 ? method.Arguments[^1] : Types.Primitive(IlKind.U1);
        switch (method.Name)
        {
            case "As" or "AsRef" or "AsPointer" when arguments.Length == 1:
                Push(method.ReturnType, AddressOf(arguments[0]));
                return true;
            case "SizeOf":
                Push(Types.Int32, Int32(SizeOf(element)));
                return true;
            case "NullRef":
                Push(method.ReturnType, NullPointer());
                return true;
            case "IsNullRef":
                Push(method.ReturnType, Compare(Cond.Eq, AddressOf(arguments[0]), NullPointer()));
                return true;
            case "AreSame":
                Push(method.ReturnType, Compare(Cond.Eq, AddressOf(arguments[0]), AddressOf(arguments[1])));
                return true;
            case "IsAddressGreaterThan":
                Push(method.ReturnType, Compare(Cond.Ugt, AddressOf(arguments[0]), AddressOf(arguments[1])));
                return true;
            case "IsAddressGreaterThanOrEqualTo":
                Push(method.ReturnType, Compare(Cond.Uge, AddressOf(arguments[0]), AddressOf(arguments[1])));
                return true;
            case "IsAddressLessThan":
                Push(method.ReturnType, Compare(Cond.Ult, AddressOf(arguments[0]), AddressOf(arguments[1])));
                return true;
            case "IsAddressLessThanOrEqualTo":
                Push(method.ReturnType, Compare(Cond.Ule, AddressOf(arguments[0]), AddressOf(arguments[1])));
                return true;
            case "ByteOffset":
                Push(Types.Primitive(IlKind.NInt),
                    Emit(new Inst(IrOp.Sub, IrType.I64, AddressOf(arguments[1]), AddressOf(arguments[0]))));
                return true;
            case "Add" or "Subtract" or "AddByteOffset" or "SubtractByteOffset":
                {
                    bool bytes = method.Name.EndsWith("ByteOffset", StringComparison.Ordinal);
                    int size = bytes ? 1 : element.Size;
                    Inst count = Value(arguments[1]);
                    count = count.IsConst ? Int64(count.Imm)
                        : arguments[1].Type.IsInteger && !arguments[1].Type.IsSigned ? ZeroExtend(count) : SignExtend(count);
                    Inst scaled = size == 1 ? count : count.IsConst ? Int64(count.Imm * size) : Binary(IrOp.Mul, count, Int64(size));
                    bool isAdd = method.Name.StartsWith("Add", StringComparison.Ordinal);
                    Push(method.ReturnType,
                        Emit(new Inst(isAdd ? IrOp.Add : IrOp.Sub, IrType.Ptr, AddressOf(arguments[0]), scaled)));
                    return true;
                }

            case "ReadUnaligned" or "Read":
                Push(Load(AddressOf(arguments[0]), element));
                return true;
            case "WriteUnaligned" or "Write":
                Store(AddressOf(arguments[0]), element, arguments[1]);
                return true;
            case "SkipInit":
                return true;
            case "BitCast":
                {
                    IlType from = method.Arguments[0];
                    Inst memory = Alloca(Math.Max(from.Size, element.Size), 8, null);
                    Store(memory, from, arguments[0]);
                    Push(Load(memory, element) with { Borrowed = false });
                    return true;
                }

            default:
                return false;
        }
    }

    private const string ComparerType = "System.Collections.Generic.EqualityComparer`1";

    private static bool IsDefaultComparer(IlMethod method) => method.Owner.DefinitionName == ComparerType && method.Name == "Equals";

    // EqualityComparer<T>.Default.Equals(a, b), which records compare their fields with: the type's own Equals(T).
    private bool ComparerCall(IlMethod method, Entry[] arguments)
    {
        if (method.Name == "get_Default")
        {
            Push(new Entry(method.ReturnType, null, NullThing.Instance));
            return true;
        }

        IlType type = method.Owner.Arguments[0];
        if (method.Name != "Equals" || arguments.Length != 3)
        {
            return false;
        }

        if (TypeOf(type) is IrType.I32 or IrType.I64 && !type.IsStruct)
        {
            IrType ir = TypeOf(type);
            Push(method.ReturnType, Compare(Cond.Eq, Coerce(arguments[1], ir, type), Coerce(arguments[2], ir, type)));
            return true;
        }

        if (!type.IsStruct || OwnEquals(type) is not { } equals)
        {
            throw Error(FindingTable.Boxing, type.Name);
        }

        Inst left = Value(Own(arguments[1]));
        Call(equals, [new Entry(Types.ByRef(type), left), equals.Parameters[0].IsAddress
            ? new Entry(equals.Parameters[0], Value(Own(arguments[2]))) : arguments[2]]);
        return true;
    }

    private static IlMethod? OwnEquals(IlType type)
    {
        foreach (System.Reflection.Metadata.MethodDefinitionHandle handle in type.Definition?.Row.GetMethods() ?? [])
        {
            IlMethod method = new(type, handle, []);
            if (method.Name == "Equals" && !method.IsStatic && method.Parameters.Length == 1 && ReferenceEquals(method.Parameters[0], type))
            {
                return method;
            }
        }

        return null;
    }

    private bool RuntimeHelpersCall(IlMethod method, Entry[] arguments)
    {
        switch (method.Name)
        {
            case "IsReferenceOrContainsReferences" or "IsKnownConstant":
                Push(method.ReturnType, Int32(0));
                return true;
            case "CreateSpan" when arguments[0].Thing is FieldThing data:
                {
                    IlField field = data.Field;
                    byte[] bytes = field.Owner.Definition!.Image.GetFieldData(
                        field.Row.GetRelativeVirtualAddress(), field.Type.Size);
                    PushSpan(method.ReturnType, _object.Constant(bytes, 8, this), bytes.Length / method.Arguments[0].Size);
                    return true;
                }

            default:
                return false;
        }
    }

    private void PushSpan(IlType type, Inst address, int length)
    {
        Inst span = Alloca(type);
        Emit(new Inst(IrOp.Store, IrType.Void, span, address) { Width = 8 });
        Emit(new Inst(IrOp.Store, IrType.Void, span, Int32(length)) { Offset = 8, Width = 4 });
        Push(type, span);
    }

    private bool MemoryMarshalCall(IlMethod method, Entry[] arguments)
    {
        if (method.Name is not ("CreateSpan" or "CreateReadOnlySpan"))
        {
            return false;
        }

        Inst span = Alloca(method.ReturnType);
        Emit(new Inst(IrOp.Store, IrType.Void, span, AddressOf(arguments[0])) { Width = 8 });
        Emit(new Inst(IrOp.Store, IrType.Void, span, Value(arguments[1])) { Offset = 8, Width = 4 });
        Push(method.ReturnType, span);
        return true;
    }

    // "ThrowIfZero(x)" and "ThrowForUnsupported...<T>()" throw on a condition, which is in their body.
    private static bool AlwaysThrows(IlMethod method, string owner) =>
        (method.Name.StartsWith("Throw", StringComparison.Ordinal) || owner.EndsWith("ThrowHelper", StringComparison.Ordinal))
        && !IsGuard(method) && !method.Name.StartsWith("ThrowForUnsupported", StringComparison.Ordinal)
        && !method.Name.StartsWith("If", StringComparison.Ordinal);

    private static bool IsGuard(IlMethod method) => method.Name.StartsWith("ThrowIf", StringComparison.Ordinal);

    // What is vectorised in the library, or calls into the runtime: the language has a plain loop with the same meaning.
    private bool Substitute(IlMethod method, Entry[] arguments)
    {
        IlType? substitutes = _object.LanguageType("BpfSharp.Language.Substitutes");
        bool isOfSpan = method.Owner.DefinitionName != "System.MemoryExtensions";
        if (substitutes is null || (isOfSpan && method.Name is not ("Clear" or "Fill" or "CopyTo" or "TryCopyTo")))
        {
            return false;
        }

        System.Collections.Immutable.ImmutableArray<IlType> types = isOfSpan ? method.Owner.Arguments : method.Arguments;
        ReadOnlySpan<IlType> parameters = method.AllParameters.AsSpan();
        if (types.Length != 1 || parameters.Length is 0 or > 4)
        {
            return false;
        }

        // Overloads differ in what is sought: a value or a sequence.
        bool isSequence = parameters.Length == 2 && parameters[1].DefinitionName is "System.ReadOnlySpan`1" or "System.Span`1";
        string name = method.Name switch
        {
            "IndexOf" or "LastIndexOf" or "Count" or "IndexOfAnyExcept" when isSequence => method.Name + "Sequence",
            "IndexOfAny" or "ContainsAny" => method.Name + (parameters.Length - 1),
            _ => method.Name,
        };
        if (MemberResolver.Find(substitutes, name, null, types) is not { } plain || plain.Parameters.Length != parameters.Length)
        {
            return false;
        }

        Inline(plain, [.. arguments.Select((a, i) => i == 0 && isOfSpan ? new Entry(plain.Parameters[0], AddressOf(a)) : a)]);
        return true;
    }

    private bool ReverseCall(IlMethod method, Entry[] arguments)
    {
        if (method.Name != "ReverseEndianness" || method.Parameters.Length != 1
            || method.ReturnType.Size is not (1 or 2 or 4 or 8))
        {
            return false;
        }

        Inst value = Value(arguments[0]);
        int size = method.ReturnType.Size;
        if (size > 1)
        {
            value = Emit(new Inst(IrOp.Bswap, value.Type, value) { Imm = size });
            if (method.ReturnType.IsSigned && size == 2)
            {
                value = Narrow(value, IlKind.I2);
            }
        }

        Push(StackType(method.ReturnType), value);
        return true;
    }

    private bool VolatileCall(IlMethod method, Entry[] arguments)
    {
        switch (method.Name)
        {
            case "Read":
                IlType type = arguments[0].Type.IsAddress ? arguments[0].Type.Element! : method.ReturnType;
                Push(Load(AddressOf(arguments[0]), method.Arguments.Length > 0 ? type : method.ReturnType, isVolatile: true));
                return true;
            case "Write":
                Store(AddressOf(arguments[0]), method.Parameters[1], arguments[1], isVolatile: true);
                return true;
            default:
                return false;
        }
    }

    private bool InterlockedCall(IlMethod method, Entry[] arguments)
    {
        IlType type = method.ReturnType;
        if (type.Kind == IlKind.Void || type.Size is not (4 or 8))
        {
            return false;
        }

        Inst address = AddressOf(arguments[0]);
        IrType ir = TypeOf(type) == IrType.Ptr ? IrType.I64 : TypeOf(type);
        Inst One(long n) => Emit(new Inst(IrOp.Const, ir) { Imm = n });
        Inst Fetch(AtomicOp op, params ReadOnlySpan<Inst> operands) => Emit(new Inst(IrOp.Atomic, ir, [address, .. operands])
        {
            Atomic = op,
            Width = (byte)type.Size,
        });
        Inst Operand(int i) => Coerce(arguments[i], ir, type);
        switch (method.Name)
        {
            case "Increment" or "Decrement":
                {
                    long step = method.Name == "Increment" ? 1 : -1;
                    Push(type, Binary(IrOp.Add, Fetch(AtomicOp.FetchAdd, One(step)), One(step)));
                    return true;
                }

            case "Add":
                {
                    Inst addend = Operand(1);
                    Push(type, Binary(IrOp.Add, Fetch(AtomicOp.FetchAdd, addend), addend));
                    return true;
                }

            case "And" or "Or":
                Push(type, Fetch(method.Name == "And" ? AtomicOp.FetchAnd : AtomicOp.FetchOr, Operand(1)));
                return true;
            case "Exchange":
                Push(type, Fetch(AtomicOp.Exchange, Operand(1)));
                return true;
            case "CompareExchange":
                // IL: (location, value, comparand); the instruction compares with r0.
                Push(type, Fetch(AtomicOp.CompareExchange, Operand(1), Operand(2)));
                return true;
            case "Read":
                Push(Load(address, type, isVolatile: true));
                return true;
            default:
                return false;
        }
    }
}
