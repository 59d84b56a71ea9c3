using System.Collections.Immutable;
using BpfSharp.Compiler.Il;
using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Front;

/// <summary>Makes the IR of programs, subprograms and callbacks: parameters in, result and faults out.</summary>
internal static class FunctionBuilder
{
    public static Function Program(ObjectContext context, IlMethod method, ProgramKind kind, string name)
    {
        if (!method.IsStatic || method.Arguments.Length > 0 || method.Row.GetGenericParameters().Count > 0)
        {
            throw new CompileError(FindingTable.Signature, method.FullName, FirstLine(context, method));
        }

        Function function = new(name) { Method = method, ReturnType = IrType.I32, IsMain = true };
        context.Kind = kind;
        Translator translator = new(context, function, kind);
        Inst contextPointer = Parameter(function, 0, IrType.Ptr, Space.Context);
        translator.FaultReturn = block => block.Add(new Inst(IrOp.Const, IrType.I32) { Imm = (int)kind.Fault });
        Entry[] arguments = kind.TypedParameters
            ? TypedParameters(function, method, contextPointer)
            : UntypedParameters(context, method, contextPointer);
        context.ContextPointee = !kind.TypedParameters && method.Parameters.Length == 1 && method.Parameters[0].IsAddress
            && method.Parameters[0].Element!.KernelName is not null ? method.Parameters[0].Element : null;
        if (method.ReturnType.Kind != IlKind.Void && !method.ReturnType.IsInteger)
        {
            throw new CompileError(FindingTable.Signature, method.FullName, FirstLine(context, method));
        }

        translator.TranslateRoot(method, arguments, result => translator.ReturnScalar(result, IrType.I32));
        return function;
    }

    public static Subprogram Subprogram(ObjectContext context, IlMethod method, string name)
    {
        Function function = new(name)
        {
            Method = method,
            IsGlobal = method.FindAttribute("GlobalFunctionAttribute") is not null
            || method.FindAttribute("BpfGlobalAttribute") is not null
        };
        Translator translator = new(context, function, context.Kind);
        IrType type = method.ReturnType.IsStruct ? IrType.Void : Translator.TypeOf(method.ReturnType);
        bool canTell = type is IrType.I32 or IrType.Void;
        translator.FaultReturn = canTell
            ? block => block.Add(new Inst(IrOp.Const, IrType.I64) { Imm = 1L << 32 })
            : null;
        List<Entry> arguments = [];
        int register = 0;
        Inst? hidden = method.ReturnType.IsStruct ? Parameter(function, register++, IrType.Ptr, Space.Memory) : null;
        foreach (IlType parameter in method.AllParameters)
        {
            arguments.Add(new Entry(parameter, Parameter(
                function, register++, parameter.IsStruct ? IrType.Ptr : Translator.TypeOf(parameter), Space.Unknown)));
        }

        translator.TranslateRoot(method, [.. arguments], result =>
        {
            if (hidden is not null)
            {
                translator.StoreResult(hidden, result!.Value);
                result = null;
            }

            // Whether the function can fault is known now: only then its result needs the wider form.
            if (translator.CanFault)
            {
                translator.ReturnWide(result);
            }
            else
            {
                translator.ReturnScalar(result, type);
            }
        });
        function.ReturnType = translator.CanFault ? IrType.I64 : type == IrType.Void ? IrType.I32 : type;
        return new Subprogram(function) { CanFault = translator.CanFault };
    }

    // What a callback returns on a fault while it is only tried out.
    private const long FaultMark = 0x7fa1_7000_0000_7fa1;

    /// <summary>Whether a callback can fault: whether anything of it is left when everything known is folded.</summary>
    public static bool CanFault(ObjectContext context, CallbackKey key)
    {
        Function trial = new("trial") { Method = key.Method, ReturnType = IrType.I64 };
        if (!Callback(context, key, trial, FaultMark))
        {
            return false;
        }

        Passes.Pipeline.Run(trial, context);
        return trial.AllInsts.Any(i => i is { IsConst: true, Imm: FaultMark });
    }

    /// <returns>Whether a fault was seen while translating.</returns>
    public static bool Callback(ObjectContext context, CallbackKey key, Function function, long onFault = 1)
    {
        Inst? pair = null;
        Translator translator = new(context, function, context.Kind);
        // A callback ends its loop by returning 1.
        translator.FaultReturn = block =>
        {
            if (pair is not null)
            {
                Inst yes = block.Add(new Inst(IrOp.Const, IrType.I64) { Imm = 1 });
                block.Add(new Inst(IrOp.Store, IrType.Void, pair, yes) { Offset = FaultPair.Flag, Width = 8 });
            }

            return block.Add(new Inst(IrOp.Const, IrType.I64) { Imm = onFault });
        };
        IlMethod method = key.Method;
        List<Entry> arguments = [];
        int register = key.LeadingArguments;
        ImmutableArray<IlType> types = method.AllParameters;
        for (int i = 0; i < types.Length; i++)
        {
            if (i == 0 && key.HasReceiver)
            {
                arguments.Add(new Entry(types[0], null, NullThing.Instance));
                continue;
            }

            IlType type = types[i];
            Inst parameter = Parameter(function, register++, type.IsStruct ? IrType.Ptr : Translator.TypeOf(type), Space.Memory);
            if (key.TellsFaults && i == types.Length - 1)
            {
                pair = parameter;
                parameter = function.Entry.Add(new Inst(IrOp.Load, IrType.Ptr, pair) { Width = 8, Space = Space.Memory });
            }

            arguments.Add(new Entry(type, parameter));
        }

        translator.TranslateRoot(method, [.. arguments], result => translator.ReturnCallback(result, key.InvertBool));
        return translator.CanFault;
    }

    private static Inst Parameter(Function function, int register, IrType type, Space space)
    {
        Inst parameter = new(IrOp.Param, type) { Imm = register, Space = type == IrType.Ptr ? space : Space.Unknown };
        function.Parameters.Add(parameter);
        return function.Entry.Add(parameter);
    }

    private static Entry[] UntypedParameters(ObjectContext context, IlMethod method, Inst pointer)
    {
        if (method.Parameters.Length > 1)
        {
            throw new CompileError(FindingTable.Signature, method.FullName, FirstLine(context, method));
        }

        if (method.Parameters.Length == 1 && !method.Parameters[0].IsContext && !method.Parameters[0].IsAddress)
        {
            throw new CompileError(FindingTable.Signature, method.FullName, FirstLine(context, method));
        }

        return [.. method.Parameters.Select(p => new Entry(p, pointer))];
    }

    // The hook's arguments stand in the context, 8 bytes each.
    private static Entry[] TypedParameters(Function function, IlMethod method, Inst pointer)
    {
        List<Entry> entries = [];
        for (int i = 0; i < method.Parameters.Length; i++)
        {
            IlType type = method.Parameters[i];
            IrType ir = Translator.TypeOf(type);
            if (type.IsContext)
            {
                entries.Add(new Entry(type, pointer));
                continue;
            }

            Inst load = function.Entry.Add(new Inst(IrOp.Load, ir == IrType.Ptr ? IrType.Ptr : IrType.I64, pointer)
            {
                Offset = i * 8,
                Width = 8,
                Data = Translator.ContextLoad,
                Space = ir == IrType.Ptr ? Space.Kernel : Space.Unknown,
            });
            if (ir == IrType.I32)
            {
                load = function.Entry.Add(new Inst(IrOp.Trunc, IrType.I32, load));
            }

            entries.Add(new Entry(type, load));
        }

        return [.. entries];
    }

    internal static Diagnostics.SourceLocation? FirstLine(ObjectContext context, IlMethod method)
    {
        if (method.Body is not { } body || method.Image.Pdb is null)
        {
            return null;
        }

        foreach (System.Reflection.Metadata.SequencePoint point in body.Points)
        {
            if (!point.IsHidden)
            {
                string file = method.Image.Pdb.GetString(method.Image.Pdb.GetDocument(point.Document).Name);
                return new(file, point.StartLine, point.StartColumn, context.SourceLine(file, point.StartLine));
            }
        }

        return null;
    }
}
