using BpfSharp.Btf;
using BpfSharp.Compiler.Front;
using BpfSharp.Compiler.Il;
using BpfSharp.Objects;

namespace BpfSharp.Compiler.Emit;

/// <summary>Describes C# types in BTF.</summary>
internal sealed class TypeWriter
{
    // Types that the kernel looks for by name in map values.
    private static readonly Dictionary<string, string> s_special = new(StringComparer.Ordinal)
    {
        ["BpfSharp.Language.BpfSpinLock"] = "bpf_spin_lock",
        ["BpfSharp.Language.BpfTimer"] = "bpf_timer",
        ["BpfSharp.Language.BpfDynptr"] = "bpf_dynptr",
    };

    private readonly Dictionary<IlType, int> _ids = [];
    private readonly Dictionary<string, int> _named = new(StringComparer.Ordinal);
    private readonly HashSet<string> _structNames = new(StringComparer.Ordinal);

    public BtfBuilder Builder { get; } = new();

    public int Int32Id => Integer("int", 4, BtfIntEncoding.Signed);

    /// <summary>Type of indexes of arrays, as clang names it.</summary>
    private int IndexId => Integer("__ARRAY_SIZE_TYPE__", 4, BtfIntEncoding.None);

    public int Integer(string name, int size, BtfIntEncoding encoding)
    {
        if (!_named.TryGetValue(name, out int id))
        {
            _named[name] = id = Builder.AddInt(name, size, encoding);
        }

        return id;
    }

    /// <summary>A pointer to a context: the verifier knows it by the struct's name, and takes no forward declaration for it.</summary>
    private int PointerToContext(string structName)
    {
        string key = "*" + structName;
        if (!_named.TryGetValue(key, out int id))
        {
            if (!_named.TryGetValue("struct " + structName, out int target))
            {
                _named["struct " + structName] = target = Builder.AddStruct(structName, 0);
            }

            _named[key] = id = Builder.AddPointer(target);
        }

        return id;
    }

    public int PointerToVoid()
    {
        if (!_named.TryGetValue("*", out int id))
        {
            _named["*"] = id = Builder.AddPointer(0);
        }

        return id;
    }

    public int Id(IlType type)
    {
        if (_ids.TryGetValue(type, out int id))
        {
            return id;
        }

        id = type.Kind switch
        {
            IlKind.Void => 0,
            IlKind.Boolean => Integer("_Bool", 1, BtfIntEncoding.Bool),
            IlKind.I1 => Integer("signed char", 1, BtfIntEncoding.Signed),
            IlKind.U1 => Integer("unsigned char", 1, BtfIntEncoding.None),
            IlKind.I2 => Integer("short", 2, BtfIntEncoding.Signed),
            IlKind.U2 or IlKind.Char => Integer("unsigned short", 2, BtfIntEncoding.None),
            IlKind.I4 => Int32Id,
            IlKind.U4 => Integer("unsigned int", 4, BtfIntEncoding.None),
            IlKind.I8 or IlKind.NInt => Integer("long long", 8, BtfIntEncoding.Signed),
            IlKind.U8 or IlKind.NUInt => Integer("unsigned long long", 8, BtfIntEncoding.None),
            IlKind.R4 => Builder.AddFloat("float", 4),
            IlKind.R8 => Builder.AddFloat("double", 8),
            IlKind.Enum => Enum(type),
            IlKind.Struct => Struct(type),
            IlKind.Pointer or IlKind.ByRef => Pointer(type),
            IlKind.Class or IlKind.Array or IlKind.FunctionPointer or IlKind.TypeParameter or IlKind.MethodParameter =>
                PointerToVoid(),
            _ => 0,
        };
        _ids[type] = id;
        return id;
    }

    private int Pointer(IlType type)
    {
        IlType target = type.Element!;
        if (target.IsContext)
        {
            return PointerToContext(ContextName(target));
        }

        // The pointer's number first: a struct may point to itself.
        if (target.IsStruct && !_ids.ContainsKey(target))
        {
            Id(target);
            if (_ids.TryGetValue(type, out int made))
            {
                return made;
            }
        }

        int id = Builder.AddPointer(Id(target));
        _ids[type] = id;
        return id;
    }

    // A tracepoint's record has no name in the kernel.
    private static string ContextName(IlType type) =>
        type.Definition!.FindAttribute("BpfContextAttribute")?.Text(0) is { Length: > 0 } name ? name : "bpf_context";

    private int Enum(IlType type)
    {
        string name = type.KernelName ?? Name(type);
        bool isSigned = type.IsSigned;
        int id = type.Size == 8 ? Builder.AddEnum64(name, isSigned) : Builder.AddEnum(name, type.Size, isSigned);
        foreach ((string member, long value) in type.Definition!.EnumMembers)
        {
            // Enumerators are global names in C: the type's name goes in front, but for kernel types.
            Builder.AddEnumerator(id, type.KernelName is null ? $"{name}_{ObjectContext.Symbol(member)}" : member, value);
        }

        return id;
    }

    private int Struct(IlType type)
    {
        if (type.IsContext)
        {
            return PointerToContext(ContextName(type));
        }

        StorageLayout layout = type.Layout;
        if (layout.Repeat > 1 && type.Fields.Length == 1)
        {
            return Builder.AddArray(Id(type.Fields[0].Type), IndexId, (uint)layout.Repeat);
        }

        string name = type.KernelName ?? s_special.GetValueOrDefault(type.DefinitionName) ?? Name(type);
        if (type.KernelName is null && !s_special.ContainsKey(type.DefinitionName))
        {
            string unique = name;
            for (int i = 2; !_structNames.Add(unique); i++)
            {
                unique = $"{name}_{i}";
            }

            name = unique;
        }

        int id = Builder.AddStruct(name, type.Size);
        _ids[type] = id;
        foreach (IlField field in Members(type))
        {
            int member = Id(field.Type);
            Builder.AddMember(id, MemberName(type, field), member, field.Offset * 8);
        }

        return id;
    }

    /// <summary>Fields in order of offset, as BTF wants members.</summary>
    public static IEnumerable<IlField> Members(IlType type) => type.Fields.OrderBy(f => f.Offset);

    private static string MemberName(IlType owner, IlField field) =>
        owner.KernelName is null ? ObjectContext.Symbol(field.Name) : field.Name;

    private static string Name(IlType type)
    {
        string full = type.Definition?.Name ?? type.Name;
        string simple = full[(full.LastIndexOf('+') + 1)..];
        int tick = simple.IndexOf('`', StringComparison.Ordinal);
        string name = ObjectContext.Symbol(tick < 0 ? simple : simple[..tick]);
        foreach (IlType argument in type.Arguments)
        {
            string inner = argument.Definition?.Name ?? argument.Name;
            name += "_" + ObjectContext.Symbol(inner[(inner.LastIndexOf('.') + 1)..]);
        }

        return name;
    }

    /// <summary>The relocation of a request.</summary>
    public CoreRelocation Relocation(CoreRequest request)
    {
        int root = Id(request.Root);
        if (request.Member is not null)
        {
            int index = request.Root.Definition!.EnumMembers.ToList().FindIndex(m => m.Name == request.Member);
            return new CoreRelocation(0, root, index.ToString(System.Globalization.CultureInfo.InvariantCulture), request.Kind);
        }

        System.Text.StringBuilder path = new("0");
        IlType at = request.Root;
        foreach (IlField field in request.Path)
        {
            int index = Members(at).ToList().FindIndex(f => f.Handle == field.Handle);
            path.Append(System.Globalization.CultureInfo.InvariantCulture, $":{index}");
            at = field.Type;
        }

        return new CoreRelocation(0, root, path.ToString(), request.Kind);
    }
}
