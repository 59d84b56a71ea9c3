using System.Reflection.Metadata;
using BpfSharp.Compiler.Il;
using BpfSharp.Compiler.Ir;
using BpfSharp.Diagnostics;

namespace BpfSharp.Compiler.Front;

/// <summary>Translates the IL of a method, with everything it inlines, to a function of the IR.</summary>
/// <remarks>
/// Variables are places on the stack here and values are local to their block, so blocks can be copied freely;
/// <see cref="Passes.StackPromotion"/> makes SSA of it afterwards.
/// </remarks>
internal sealed partial class Translator
{
    private const int MaxInlineDepth = 48;
    private const int MaxInstructions = 400_000;

    private readonly ObjectContext _object;
    private readonly Function _function;
    private readonly ProgramKind? _kind;
    private readonly Dictionary<SourceLocation, int> _sources = [];
    private readonly List<Entry> _stack = [];
    private Block _block;
    private Block? _fault;
    private Frame _frame = null!;
    private int _source = -1;
    private int _emitted;

    public Translator(ObjectContext context, Function function, ProgramKind? kind)
    {
        _object = context;
        _function = function;
        _kind = kind;
        _block = function.NewBlock();
    }

    /// <summary>Whether the function can end by a fault; callers must then test its result.</summary>
    public bool CanFault => _fault is not null;

    /// <summary>What a fault makes the function return; <see langword="null"/> where it cannot be told to callers.</summary>
    public Func<Block, Inst>? FaultReturn { get; set; }

    private TypeTable Types => _object.Universe.Types;

    private Block Entry => _function.Entry;

    /// <summary>Translates a whole function: parameters are already in place.</summary>
    public void TranslateRoot(IlMethod method, Entry[] arguments, Action<Entry?> onReturn)
    {
        Block end = _function.NewBlock();
        Entry? result = InlineCall(method, arguments, end);
        _block = end;
        onReturn(result);
    }

    private CompileError Error(FindingRow row, string what) =>
        new(row, what, _source >= 0 ? _function.Sources[_source] : null);

    private Inst Emit(Inst inst)
    {
        if (++_emitted > MaxInstructions)
        {
            throw Error(FindingTable.TooLong, "more than " + MaxInstructions);
        }

        inst.Source = _source;
        return _block.Add(inst);
    }

    private Inst Int32(long value) => Emit(new Inst(IrOp.Const, IrType.I32) { Imm = (int)value });

    private Inst Int64(long value) => Emit(new Inst(IrOp.Const, IrType.I64) { Imm = value });

    private Inst NullPointer() => Emit(new Inst(IrOp.Const, IrType.Ptr));

    private Inst Binary(IrOp op, Inst a, Inst b) =>
        Emit(new Inst(op, a.Type == IrType.Ptr || b.Type == IrType.Ptr ? IrType.Ptr : a.Type, a, b));

    private Inst Compare(Cond cond, Inst a, Inst b) => Emit(new Inst(IrOp.Compare, IrType.I32, a, b) { Cond = cond });

    private void Jump(Block target) => Emit(new Inst(IrOp.Jump, IrType.Void) { Targets = [target] });

    private void Branch(Cond cond, Inst a, Inst b, Block yes, Block no) =>
        Emit(new Inst(IrOp.Branch, IrType.Void, a, b) { Cond = cond, Targets = [yes, no] });

    /// <summary>A place on the stack of the whole function; made in the entry block.</summary>
    private Inst Alloca(int size, int alignment, IlType? type)
    {
        Inst place = new(IrOp.Alloca, IrType.Ptr)
        {
            Imm = Math.Max(size, 1),
            Width = (byte)Math.Min(8, Math.Max(1, alignment)),
            Space = Space.Stack,
            Data = type,
        };
        place.Source = _source;
        Entry.Insert(0, place);
        return place;
    }

    private Inst Alloca(IlType type)
    {
        if (type.Layout.Trouble is { } trouble && type.IsStruct && type.Definition is null)
        {
            throw Error(FindingTable.ReferenceField, trouble);
        }

        return Alloca(type.Size, type.Layout.Alignment, type);
    }

    private Inst Offset(Inst address, long offset) =>
        offset == 0 ? address : Binary(IrOp.Add, address, Int64(offset));

    /// <summary>IR type of a scalar type.</summary>
    internal static IrType TypeOf(IlType type) => type.Kind switch
    {
        IlKind.Void => IrType.Void,
        IlKind.Boolean or IlKind.Char or IlKind.I1 or IlKind.U1 or IlKind.I2 or IlKind.U2 or IlKind.I4 or IlKind.U4 =>
            IrType.I32,
        IlKind.Enum => TypeOf(type.Element!),
        IlKind.I8 or IlKind.U8 or IlKind.NInt or IlKind.NUInt or IlKind.R4 or IlKind.R8 => IrType.I64,
        IlKind.Struct or IlKind.Class or IlKind.Pointer or IlKind.ByRef or IlKind.Array or IlKind.FunctionPointer
            or IlKind.TypeParameter or IlKind.MethodParameter => IrType.Ptr,
        _ => IrType.I64,
    };

    private void RefuseFloat(IlType type)
    {
        if (type.Kind is IlKind.R4 or IlKind.R8)
        {
            throw Error(FindingTable.FloatingPoint, type.Name);
        }
    }

    /// <summary>Reads a value of a type; structs are borrowed.</summary>
    private Entry Load(Inst address, IlType type, bool isVolatile = false)
    {
        RefuseFloat(type);
        if (type.IsStruct)
        {
            return new Entry(type, address, null, Borrowed: true);
        }

        Inst load = new(IrOp.Load, TypeOf(type), address)
        {
            Width = (byte)type.Size,
            Signed = type.IsInteger && type.IsSigned && type.Size < 8,
            Volatile = isVolatile,
        };
        return new Entry(type, Emit(load));
    }

    private void Store(Inst address, IlType type, Entry value, bool isVolatile = false)
    {
        RefuseFloat(type);
        if (type.IsStruct)
        {
            CopyStruct(address, Value(value), type);
            return;
        }

        Emit(new Inst(IrOp.Store, IrType.Void, address, Coerce(value, TypeOf(type), type))
        {
            Width = (byte)type.Size,
            Volatile = isVolatile,
        });
    }

    private void CopyStruct(Inst target, Inst source, IlType type)
    {
        if (ReferenceEquals(target, source))
        {
            return;
        }

        // All loads before all stores: the two may overlap. Long ones piece by piece: those are the same or apart.
        System.Collections.Immutable.ImmutableArray<Leaf> leaves = StorageLayout.Leaves(type);
        int batch = leaves.Length > 32 ? 1 : leaves.Length;
        for (int start = 0; start < leaves.Length; start += batch)
        {
            List<Inst> values = [];
            for (int i = start; i < Math.Min(start + batch, leaves.Length); i++)
            {
                Leaf leaf = leaves[i];
                values.Add(Emit(new Inst(IrOp.Load, LeafType(leaf), source) { Offset = leaf.Offset, Width = (byte)leaf.Width }));
            }

            for (int i = start; i < Math.Min(start + batch, leaves.Length); i++)
            {
                Leaf leaf = leaves[i];
                Emit(new Inst(IrOp.Store, IrType.Void, target, values[i - start])
                {
                    Offset = leaf.Offset,
                    Width = (byte)leaf.Width,
                });
            }
        }

        ZeroPadding(target, type);
    }

    private void ZeroStruct(Inst target, IlType type)
    {
        foreach (Leaf leaf in StorageLayout.Leaves(type))
        {
            Inst zero = Emit(new Inst(IrOp.Const, LeafType(leaf)));
            Emit(new Inst(IrOp.Store, IrType.Void, target, zero) { Offset = leaf.Offset, Width = (byte)leaf.Width });
        }

        ZeroPadding(target, type);
    }

    // Padding of variables is zeroed once, when their address escapes; memory that others see is zeroed here.
    private void ZeroPadding(Inst target, IlType type)
    {
        if (IsVariable(target))
        {
            return;
        }

        foreach (Leaf gap in StorageLayout.Padding(type))
        {
            Inst zero = Emit(new Inst(IrOp.Const, LeafType(gap)));
            Emit(new Inst(IrOp.Store, IrType.Void, target, zero) { Offset = gap.Offset, Width = (byte)gap.Width, Data = Padding });
        }
    }

    /// <summary>Marks stores that fill padding: dropped where the target turns out to be a variable.</summary>
    public static readonly object Padding = new();

    private static bool IsVariable(Inst address)
    {
        while (address.Op == IrOp.Add)
        {
            address = address.Args[0];
        }

        return address.Op == IrOp.Alloca;
    }

    private static IrType LeafType(Leaf leaf) => leaf.IsAddress ? IrType.Ptr : leaf.Width == 8 ? IrType.I64 : IrType.I32;

    /// <summary>The scalar or address of an entry; things known when compiling become values if they can.</summary>
    private Inst Value(Entry entry)
    {
        if (entry.Value is not null)
        {
            return entry.Value;
        }

        return entry.Thing switch
        {
            MapThing map => Emit(new Inst(IrOp.MapRef, IrType.Ptr) { Imm = map.Index, Space = Space.Map }),
            NullThing => NullPointer(),
            BoxedThing => throw Error(FindingTable.Boxing, entry.Type.Name),
            DelegateThing target => Emit(new Inst(IrOp.FuncRef, IrType.Ptr) { Data = CallbackOf(target, hasState: false) }),
            _ => throw Error(FindingTable.StringOrArray, entry.Type.Name),
        };
    }

    /// <summary>Converts a scalar to an IR type as IL does implicitly.</summary>
    private Inst Coerce(Entry entry, IrType type, IlType? target = null)
    {
        Inst value = Value(entry);
        if (value.Type == type || type == IrType.Void)
        {
            return value;
        }

        return (value.Type, type) switch
        {
            (IrType.I32, IrType.I64 or IrType.Ptr) => target is { IsInteger: true, IsSigned: false }
                && entry.Type.IsInteger && !entry.Type.IsSigned ? ZeroExtend(value) : SignExtend(value),
            (IrType.I64, IrType.I32) => Emit(new Inst(IrOp.Trunc, IrType.I32, value)),
            (IrType.Ptr, IrType.I32) => throw Error(FindingTable.PointerOperation, "narrowing to 32 bits"),
            _ => value,
        };
    }

    private Inst ZeroExtend(Inst value) => value.Type == IrType.I32 ? Emit(new Inst(IrOp.Zext, IrType.I64, value)) : value;

    private Inst SignExtend(Inst value) =>
        value.Type == IrType.I32 ? Emit(new Inst(IrOp.Sext, IrType.I64, value) { Imm = 32 }) : value;

    private void Push(Entry entry) => _stack.Add(entry);

    private void Push(IlType type, Inst value) => _stack.Add(new Entry(type, value));

    private Entry Pop()
    {
        Entry entry = _stack[^1];
        _stack.RemoveAt(_stack.Count - 1);
        return entry;
    }

    /// <summary>Copies borrowed structs on the stack before memory is written.</summary>
    private void Settle()
    {
        for (int i = 0; i < _stack.Count; i++)
        {
            if (_stack[i].Borrowed)
            {
                _stack[i] = Own(_stack[i]);
            }
        }
    }

    private Entry Own(Entry entry)
    {
        if (!entry.Borrowed)
        {
            return entry;
        }

        Inst copy = Alloca(entry.Type);
        CopyStruct(copy, entry.Value!, entry.Type);
        return new Entry(entry.Type, copy);
    }

    private Block FaultTarget()
    {
        if (_fault is null)
        {
            _fault = _function.NewBlock();
            _fault.Cold = true;
            Block current = _block;
            _block = _fault;
            if (FaultReturn is null)
            {
                throw Error(FindingTable.FaultInSubprogram, _function.Name);
            }

            Inst value = FaultReturn(_fault);
            Emit(new Inst(IrOp.Return, IrType.Void, value));
            _block = current;
        }

        return _fault;
    }

    /// <summary>Goes on only if a condition holds; else the program faults.</summary>
    private void Require(Cond cond, Inst a, Inst b)
    {
        Block next = _function.NewBlock();
        Branch(cond, a, b, next, FaultTarget());
        _block = next;
    }

    private void Locate(IlBody body, int offset)
    {
        int point = body.PointAt(offset);
        if (point < 0 || (_frame.CallSource >= 0 && !ReferenceEquals(body.Method.Image, _object.Image)))
        {
            // Of an inlined method of a library, the line that matters is the author's own: the call.
            _source = _frame.CallSource;
            return;
        }

        SequencePoint p = body.Points[point];
        AssemblyImage image = body.Method.Image;
        string file = image.Pdb!.GetString(image.Pdb.GetDocument(p.Document).Name);
        _source = SourceIndex(new SourceLocation(file, p.StartLine, p.StartColumn, _object.SourceLine(file, p.StartLine)));
    }

    private int SourceIndex(SourceLocation location)
    {
        if (!_sources.TryGetValue(location, out int index))
        {
            _sources[location] = index = _function.Sources.Count;
            _function.Sources.Add(location);
        }

        return index;
    }
}
