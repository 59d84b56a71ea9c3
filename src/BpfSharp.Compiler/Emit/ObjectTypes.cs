using System.Collections.Immutable;
using BpfSharp.Btf;
using BpfSharp.Compiler.Front;
using BpfSharp.Compiler.Il;
using BpfSharp.Compiler.Ir;
using BpfSharp.Objects;

namespace BpfSharp.Compiler.Emit;

/// <summary>Finishes the object: links its programs and gives everything its type.</summary>
internal sealed class ObjectTypes
{
    private readonly ObjectContext _context;
    private readonly TypeWriter _types = new();
    private readonly Dictionary<Function, int> _functions = [];

    private ObjectTypes(ObjectContext context) => _context = context;

    public static void Complete(
        ObjectContext context, List<(ProgramSpec Spec, CompiledFunction Main)> programs, Func<Function, CompiledFunction> compile)
    {
        ObjectTypes types = new(context);
        types.TypeMaps();
        types.TypeVariables();
        types.TypeExterns();
        foreach ((ProgramSpec spec, CompiledFunction main) in programs)
        {
            Emitter.Link(spec, main, compile, types.FunctionId, types._types.Relocation);
            context.Object.Programs.Add(spec);
        }

        context.Object.Btf = types._types.Builder.Build();
    }

    private void TypeMaps()
    {
        for (int i = 0; i < _context.Object.Maps.Count; i++)
        {
            if (_context.MapTypes.TryGetValue(i, out (IlType? Key, IlType? Value) types))
            {
                MapSpec map = _context.Object.Maps[i];
                map.KeyTypeId = types.Key is null ? PlainKey(map) : _types.Id(types.Key);
                map.ValueTypeId = types.Value is null ? 0 : _types.Id(types.Value);
                if (map.KeyTypeId == 0 || map.ValueTypeId == 0)
                {
                    (map.KeyTypeId, map.ValueTypeId) = (0, 0); // the kernel takes both or none
                }
            }
        }
    }

    private int PlainKey(MapSpec map) => map.KeySize == 4 ? _types.Integer("unsigned int", 4, BtfIntEncoding.None) : 0;

    private void TypeVariables()
    {
        BpfObject made = _context.Object;
        for (int m = 0; m < made.Maps.Count; m++)
        {
            MapSpec map = made.Maps[m];
            if (map.Role is MapRole.User or MapRole.StructOps)
            {
                continue;
            }

            List<(int Variable, int Offset, int Size)> variables = [];
            for (int g = 0; g < made.Globals.Count; g++)
            {
                GlobalVariable global = made.Globals[g];
                if (!ReferenceEquals(global.Map, map))
                {
                    continue;
                }

                int type = _types.Id(_context.VariableTypes[(m, global.ByteOffset)]);
                made.Globals[g] = global with { BtfTypeId = type };
                for (int k = 0; k < made.Kconfig.Count; k++)
                {
                    if (map.Role == MapRole.Kconfig && made.Kconfig[k].ByteOffset == global.ByteOffset)
                    {
                        made.Kconfig[k] = made.Kconfig[k] with { BtfTypeId = type };
                    }
                }

                if (map.Role != MapRole.Kconfig)
                {
                    variables.Add((_types.Builder.AddVariable(global.Name, type, BtfLinkage.Global), global.ByteOffset, global.Size));
                }
            }

            if (variables.Count > 0)
            {
                int section = _types.Builder.AddDataSection(map.Name, map.ValueSize);
                foreach ((int variable, int offset, int size) in variables)
                {
                    _types.Builder.AddSectionVariable(section, variable, offset, size);
                }

                map.ValueTypeId = section;
            }
        }
    }

    private void TypeExterns()
    {
        for (int i = 0; i < _context.Object.Externs.Count; i++)
        {
            ExternSpec external = _context.Object.Externs[i];
            if (_context.ExternMethods.GetValueOrDefault(i) is { } method)
            {
                int prototype = Prototype(method, method.ReturnType);
                _context.Object.Externs[i] = external with
                {
                    BtfTypeId = _types.Builder.AddFunction(external.Name, prototype, BtfLinkage.Extern),
                };
            }
            else
            {
                // As clang says "extern const void symbol".
                int nothing = _types.Builder.AddQualifier(BtfKind.Const, 0);
                _context.Object.Externs[i] = external with
                {
                    BtfTypeId = _types.Builder.AddVariable(external.Name, nothing, BtfLinkage.Extern),
                };
            }
        }
    }

    private int Prototype(IlMethod method, IlType result)
    {
        List<(string, int)> parameters = [];
        int register = 0;
        foreach (IlType type in method.AllParameters)
        {
            string name = ObjectContext.Symbol(method.ParameterName(method.IsStatic ? register : register - 1));
            parameters.Add((name, type.IsStruct ? _types.PointerToVoid() : _types.Id(type)));
            register++;
        }

        return _types.Builder.AddFunctionPrototype(
            result.IsStruct ? 0 : _types.Id(result), [.. parameters]);
    }

    private int FunctionId(CompiledFunction compiled)
    {
        Function function = compiled.Function;
        if (_functions.TryGetValue(function, out int id))
        {
            return id;
        }

        int prototype = function.IsMain ? MainPrototype(function)
            : function.Method is { } method ? Prototype(method, method.ReturnType)
            : _types.Builder.AddFunctionPrototype(_types.Int32Id);
        id = _types.Builder.AddFunction(
            function.Name, prototype, function.IsMain || function.IsGlobal ? BtfLinkage.Global : BtfLinkage.Static);
        if (function.IsGlobal && function.Method is { } global)
        {
            // A C# reference is never null: the verifier may take it as given.
            ImmutableArray<IlType> types = global.AllParameters;
            for (int i = 0; i < types.Length; i++)
            {
                if (types[i].IsContext)
                {
                    _types.Builder.AddDeclarationTag("arg:ctx", id, i);
                }
                else if (types[i].Kind == IlKind.ByRef)
                {
                    _types.Builder.AddDeclarationTag("arg:nonnull", id, i);
                }
            }
        }

        return _functions[function] = id;
    }

    private int MainPrototype(Function function)
    {
        IlMethod method = function.Method!;
        int context = method.Parameters.Length == 1 && method.Parameters[0].IsContext
            ? _types.Id(method.Parameters[0])
            : method.Parameters.Length == 1 && method.Parameters[0].IsAddress
                ? _types.Id(method.Parameters[0])
                : _types.PointerToVoid();
        return _types.Builder.AddFunctionPrototype(_types.Int32Id, ("ctx", context));
    }
}
