using System.Reflection;
using System.Reflection.Metadata;
using BpfSharp.Compiler.Il;
using BpfSharp.Compiler.Ir;
using BpfSharp.Language;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Compiler.Front;

/// <summary>A function of the object that is no program: compiled once, called by many.</summary>
internal sealed class Subprogram(Function function)
{
    public Function Function { get; } = function;

    public bool CanFault { get; set; }
}

/// <summary>The object that is being made: its maps, variables, constants, externs and subprograms.</summary>
internal sealed class ObjectContext(AssemblyUniverse universe, AssemblyImage image, BpfObject result, CompilerOptions options)
{
    private readonly StaticEvaluator _statics = new();
    private readonly Dictionary<(IlType, FieldDefinitionHandle), MapThing> _maps = [];
    private readonly Dictionary<(IlType, FieldDefinitionHandle), (int Map, int Offset)> _variables = [];
    private readonly Dictionary<int, (int Map, int Offset)> _lost = [];
    private readonly Dictionary<string, (int Map, int Offset)> _constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Map, List<byte> Bytes)> _sections = new(StringComparer.Ordinal);
    private readonly Dictionary<IlMethod, Subprogram?> _subprograms = [];
    private readonly Dictionary<CallbackKey, Function> _callbacks = [];
    private readonly Dictionary<CallbackKey, bool> _faults = [];
    private readonly Dictionary<string, int> _externs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string[]?> _files = new(StringComparer.Ordinal);

    public AssemblyUniverse Universe => universe;

    public AssemblyImage Image => image;

    public BpfObject Object => result;

    public CompilerOptions Options => options;

    /// <summary>What the program's context parameter points to, if that is a kernel type: read directly.</summary>
    public IlType? ContextPointee { get; set; }

    public ProgramKind? Kind { get; set; }

    /// <summary>C# type of each map's key and value, for BTF.</summary>
    public Dictionary<int, (IlType? Key, IlType? Value)> MapTypes { get; } = [];

    /// <summary>C# type of each variable, for BTF: by map and offset.</summary>
    public Dictionary<(int Map, int Offset), IlType> VariableTypes { get; } = [];

    public StaticValue? StaticValue(IlField field) => _statics.Find(field);

    public string? SourceLine(string file, int line)
    {
        if (!_files.TryGetValue(file, out string[]? lines))
        {
            try
            {
                lines = options.ReadSources && File.Exists(file) ? File.ReadAllLines(file) : null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                lines = null;
            }

            _files[file] = lines;
        }

        return lines is not null && line >= 1 && line <= lines.Length ? lines[line - 1].Trim() : null;
    }

    public IlType? LanguageType(string fullName)
    {
        int dot = fullName.LastIndexOf('.');
        TypeDef? found = universe.FindIn("BpfSharp", fullName[..dot], fullName[(dot + 1)..], 0);
        return found is null ? null : universe.Types.Instance(found, []);
    }

    public MapThing Map(IlField field, Translator? at)
    {
        if (_maps.TryGetValue((field.Owner, field.Handle), out MapThing? map))
        {
            return map;
        }

        if (!field.IsStatic || !field.IsReadOnly)
        {
            throw Fail(at, FindingTable.MapDeclaration, $"{field} must be static readonly");
        }

        if (_statics.Find(field) is not StaticObject declared)
        {
            throw Fail(at, FindingTable.MapDeclaration, $"{field} is not initialised with 'new'");
        }

        string name = UniqueMapName(field);
        MapSpec spec = MakeMap(name, field.Type, declared, field, at, out IlType? key, out IlType? value);
        result.Maps.Add(spec);
        map = new MapThing(result.Maps.Count - 1, name);
        MapTypes[map.Index] = (key, value);
        return _maps[(field.Owner, field.Handle)] = map;
    }

    /// <summary>Declares every map of a class, used or not, in the order of its fields.</summary>
    public void DeclareMaps(IlType type)
    {
        foreach (FieldDefinitionHandle handle in type.Definition!.Row.GetFields())
        {
            FieldDefinition row = image.Metadata.GetFieldDefinition(handle);
            if ((row.Attributes & FieldAttributes.Static) == 0 || (row.Attributes & FieldAttributes.Literal) != 0)
            {
                continue;
            }

            IlField field = new(type, handle);
            if (field.Type.IsMap)
            {
                Map(field, null);
            }
        }
    }

    private string UniqueMapName(IlField field)
    {
        string name = Symbol(field.Name);
        string unique = name;
        for (int i = 2; result.Maps.Any(m => m.Name == unique); i++)
        {
            unique = $"{name}_{i}";
        }

        return unique;
    }

    private MapSpec MakeMap(
        string name, IlType type, StaticObject declared, IlField field, Translator? at, out IlType? key, out IlType? value)
    {
        AttributeData kind = type.Definition!.FindAttribute(nameof(BpfMapKindAttribute))!;
        key = TypeArgument(type, (int)kind.Integer("KeyArgument", -1));
        value = TypeArgument(type, (int)kind.Integer("ValueArgument", -1));
        foreach (IlType? part in (IlType?[])[key, value])
        {
            if (part?.Layout.Trouble is { } trouble)
            {
                throw Fail(at, FindingTable.ReferenceField, $"{field}: {trouble}");
            }
        }

        MapSpec spec = new()
        {
            Name = name,
            Type = (MapType)kind.Integer(0),
            KeySize = key?.Size ?? (int)kind.Integer("KeySize", 0),
            ValueSize = value?.Size ?? (int)kind.Integer("ValueSize", 0),
            Flags = (MapFlags)kind.Integer("Flags", 0),
        };
        for (int i = 0; i < declared.Arguments.Length; i++)
        {
            Apply(declared.Constructor.ParameterName(i), declared.Arguments[i]);
        }

        foreach ((string property, StaticValue argument) in declared.Properties.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            Apply(property, argument);
        }

        if (TypeArgument(type, (int)kind.Integer("InnerArgument", -1)) is { IsMap: true } inner && spec.InnerMap is null)
        {
            throw Fail(at, FindingTable.MapDeclaration, $"{field} needs the shape of its inner maps ({inner})");
        }

        return spec;

        void Apply(string parameter, StaticValue argument)
        {
            long number = argument is StaticNumber n ? n.Value : 0;
            bool isKnown = argument is StaticNumber;
            switch (parameter.ToLowerInvariant())
            {
                case "maxentries" or "bytes" or "pages" or "entries" or "size" or "slots" or "count":
                    spec.MaxEntries = (uint)number;
                    break;
                case "flags":
                    spec.Flags |= (MapFlags)number;
                    break;
                case "extra" or "mapextra" or "hashfunctions" or "hashes":
                    spec.Extra = (ulong)number;
                    break;
                case "pinning" or "pinned":
                    spec.Pinning = (uint)number;
                    break;
                case "numanode":
                    spec.NumaNode = (uint)number;
                    break;
                case "keysize":
                    spec.KeySize = (int)number;
                    break;
                case "valuesize":
                    spec.ValueSize = (int)number;
                    break;
                case "depth":
                    spec.ValueSize = (int)number * 8;
                    break;
                case "inner" or "template":
                    if (argument is StaticObject shape)
                    {
                        spec.InnerMap = MakeMap(name + ".inner", shape.Constructor.Owner, shape, field, at, out _, out _);
                    }

                    isKnown = true;
                    break;
                default:
                    isKnown = true; // names the language gives a meaning in plain C# alone
                    break;
            }

            if (!isKnown)
            {
                throw Fail(at, FindingTable.MapDeclaration, $"{field}: the value of {parameter} is not constant");
            }
        }
    }

    private static IlType? TypeArgument(IlType type, int index) =>
        index >= 0 && index < type.Arguments.Length ? type.Arguments[index] : null;

    /// <summary>Address of a static variable.</summary>
    public Inst Variable(IlField field, Translator at)
    {
        (IlType, FieldDefinitionHandle) key = (field.Owner, field.Handle);
        if (!_variables.TryGetValue(key, out (int Map, int Offset) place))
        {
            if (field.Type.Layout.Trouble is { } trouble)
            {
                throw at.StaticError(FindingTable.ReferenceField, $"{field}: {trouble}");
            }

            byte[] bytes = Initial(field, field.Type, _statics.Find(field), at);
            string section = field.IsReadOnly ? ".rodata" : Array.Exists(bytes, b => b != 0) ? ".data" : ".bss";
            place = Place(section, field.Name, field.Type, bytes);
            _variables[key] = place;
        }

        return at.SectionAddress(place.Map, place.Offset);
    }

    /// <summary>Address of a constant declared by a field of a <c>[BpfConstant]</c> type, or of an extern.</summary>
    public Inst DeclaredVariable(IlField field, IlType type, Translator at)
    {
        (IlType, FieldDefinitionHandle) key = (field.Owner, field.Handle);
        string section = field.Type.Definition!.FindAttribute(nameof(BpfConstantAttribute))!.Named("Section") as string ?? ".rodata";
        if (!_variables.TryGetValue(key, out (int Map, int Offset) place))
        {
            StaticObject? declared = _statics.Find(field) as StaticObject;
            StaticValue? first = declared?.Arguments.FirstOrDefault();
            bool isOptional = declared?.Arguments.ElementAtOrDefault(1) is StaticNumber { Value: not 0 };
            if (section == ".ksyms")
            {
                place = (-1, Extern(first is StaticText t ? t.Text : field.Name, ExternKind.UntypedKernelSymbol, isOptional));
            }
            else
            {
                string name = section == ".kconfig" && first is StaticText text ? text.Text : field.Name;
                byte[] bytes = section == ".kconfig" || first is null ? new byte[type.Size] : Initial(field, type, first, at);
                place = Place(section, name, type, bytes);
                if (section == ".kconfig")
                {
                    result.Kconfig.Add(new KconfigSpec(name, place.Offset, type.Size, 0, IsWeak: isOptional));
                }
            }

            _variables[key] = place;
        }

        return place.Map < 0
            ? at.ExternAddress(place.Offset)
            : at.SectionAddress(place.Map, place.Offset);
    }

    public Inst LostCounter(MapThing map, Translator at)
    {
        if (!_lost.TryGetValue(map.Index, out (int Map, int Offset) place))
        {
            place = Place(".bss", map.Name + "_lost", universe.Types.Primitive(IlKind.U8), new byte[8]);
            _lost[map.Index] = place;
        }

        return at.SectionAddress(place.Map, place.Offset);
    }

    /// <summary>Address of constant bytes; equal bytes are there once.</summary>
    public Inst Constant(byte[] bytes, int alignment, Translator at)
    {
        string key = System.Convert.ToHexString(bytes);
        if (!_constants.TryGetValue(key, out (int Map, int Offset) place))
        {
            place = Place(".rodata", null, null, bytes, alignment);
            _constants[key] = place;
        }

        return at.SectionAddress(place.Map, place.Offset);
    }

    /// <summary>Bytes of a read-only section as they are so far, for folding loads of constants.</summary>
    public List<byte>? ReadOnlyBytes(int map) =>
        _sections.TryGetValue(".rodata", out (int Map, List<byte> Bytes) s) && s.Map == map ? s.Bytes : null;

    /// <summary>Whether bytes of a read-only section may be changed before load (declared constants may).</summary>
    public bool IsSettable(int map, int offset, int width) => result.Globals.Any(g => ReferenceEquals(g.Map, result.Maps[map])
        && offset < g.ByteOffset + g.Size && offset + width > g.ByteOffset);

    /// <summary>The C# method that stands for a kernel function, for its type.</summary>
    public Dictionary<int, IlMethod> ExternMethods { get; } = [];

    public int Extern(string name, ExternKind kind, bool isWeak, IlMethod? method = null)
    {
        if (!_externs.TryGetValue(name, out int index))
        {
            if (method is not null)
            {
                ExternMethods[result.Externs.Count] = method;
            }

            result.Externs.Add(new ExternSpec(name, kind, isWeak, 0));
            _externs[name] = index = result.Externs.Count - 1;
        }

        return index;
    }

    public Subprogram Subprogram(IlMethod method, Translator at)
    {
        if (_subprograms.TryGetValue(method, out Subprogram? known))
        {
            return known ?? throw at.StaticError(FindingTable.Recursion, method.FullName);
        }

        _subprograms[method] = null;
        Subprogram made = FunctionBuilder.Subprogram(this, method, UniqueFunctionName(method));
        Functions.Add(made.Function);
        return _subprograms[method] = made;
    }

    public Function Callback(CallbackKey key)
    {
        if (!_callbacks.TryGetValue(key, out Function? function))
        {
            string name = UniqueFunctionName(key.Method);
            function = new Function(name) { Method = key.Method, ReturnType = IrType.I64 };
            _callbacks[key] = function; // first: a callback may start itself again (timers)
            Functions.Add(function);
            FunctionBuilder.Callback(this, key, function);
        }

        return function;
    }

    public bool CallbackFaults(CallbackKey key)
    {
        if (!_faults.TryGetValue(key, out bool faults))
        {
            _faults[key] = faults = FunctionBuilder.CanFault(this, key);
        }

        return faults;
    }

    public Function FunctionOf(object data) => data is CallbackKey key ? _callbacks[key] : (Function)data;

    /// <summary>Subprograms and callbacks, in order of first use.</summary>
    public List<Function> Functions { get; } = [];

    /// <summary>Sets sizes and contents of the data sections.</summary>
    public void FinishSections()
    {
        foreach ((int map, List<byte> bytes) in _sections.Values)
        {
            result.Maps[map].InitialData = [.. bytes];
            result.Maps[map].ValueSize = bytes.Count;
        }
    }

    private (int Map, int Offset) Place(string section, string? name, IlType? type, byte[] bytes, int alignment = 0)
    {
        if (!_sections.TryGetValue(section, out (int Map, List<byte> Bytes) target))
        {
            result.Maps.Add(new MapSpec
            {
                Name = section,
                Type = MapType.Array,
                KeySize = 4,
                MaxEntries = 1,
                Flags = section is ".rodata" ? MapFlags.ReadOnlyProgram | MapFlags.Mmapable : MapFlags.Mmapable,
                Role = section switch
                {
                    ".rodata" => MapRole.ReadOnlyData,
                    ".data" => MapRole.Data,
                    ".kconfig" => MapRole.Kconfig,
                    _ => MapRole.Bss,
                },
            });
            target = (result.Maps.Count - 1, []);
            if (section == ".kconfig")
            {
                result.Maps[target.Map].Flags = MapFlags.ReadOnlyProgram | MapFlags.Mmapable;
            }

            _sections[section] = target;
        }

        int align = Math.Max(1, type?.Layout.Alignment ?? alignment);
        while (target.Bytes.Count % align != 0)
        {
            target.Bytes.Add(0);
        }

        int offset = target.Bytes.Count;
        target.Bytes.AddRange(bytes);
        MapSpec map = result.Maps[target.Map];
        if (name is not null)
        {
            string unique = Symbol(name);
            for (int i = 2; result.Globals.Any(g => g.Name == unique); i++)
            {
                unique = $"{Symbol(name)}_{i}";
            }

            result.Globals.Add(new GlobalVariable(unique, map, offset, bytes.Length, 0));
            VariableTypes[(target.Map, offset)] = type!;
        }

        return (target.Map, offset);
    }

    private static byte[] Initial(IlField field, IlType type, StaticValue? value, Translator at)
    {
        byte[] bytes = new byte[type.Size];
        switch (value)
        {
            case StaticNumber number:
                Span<byte> whole = stackalloc byte[8];
                System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(whole, number.Value);
                whole[..Math.Min(8, bytes.Length)].CopyTo(bytes);
                return bytes;
            case StaticStruct s when s.Bytes.Length == bytes.Length:
                return (byte[])s.Bytes.Clone();
            default:
                throw at.StaticError(FindingTable.StaticField, field.ToString());
        }
    }

    private string UniqueFunctionName(IlMethod method)
    {
        string name = Symbol(method.Name);
        string unique = name;
        for (int i = 2; Functions.Any(f => f.Name == unique) || result.Programs.Any(p => p.Name == unique)
            || ReservedNames.Contains(unique); i++)
        {
            unique = $"{name}_{i}";
        }

        return unique;
    }

    /// <summary>Names of the programs, which functions must not take.</summary>
    public HashSet<string> ReservedNames { get; } = new(StringComparer.Ordinal);

    /// <summary>A C name made of a C# one.</summary>
    public static string Symbol(string name)
    {
        // <Main>b__0_1 is a lambda, <Main>g__Inner|0_0 a local function, <Name>k__BackingField a property.
        if (name.StartsWith('<') && name.EndsWith("k__BackingField", StringComparison.Ordinal))
        {
            name = name[1..name.IndexOf('>', StringComparison.Ordinal)];
        }

        System.Text.StringBuilder text = new(name.Length);
        foreach (char c in name)
        {
            text.Append(char.IsAsciiLetterOrDigit(c) || c == '_' ? c : '_');
        }

        string symbol = text.ToString().Trim('_').Length > 0 ? text.ToString().TrimStart('_') : text.ToString();
        return symbol.Length == 0 ? "_" : char.IsAsciiDigit(symbol[0]) ? "_" + symbol : symbol;
    }

    private static CompileError Fail(Translator? at, FindingRow row, string what) =>
        at?.StaticError(row, what) ?? new CompileError(row, what, null);
}
