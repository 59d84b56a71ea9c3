using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace BpfSharp.Compiler.Il;

/// <summary>Makes closed types, each once.</summary>
internal sealed class TypeTable(AssemblyUniverse universe)
{
    private readonly Dictionary<string, IlType> _types = new(StringComparer.Ordinal);

    private static readonly (IlKind Kind, string Name, PrimitiveTypeCode Code)[] s_primitives =
    [
        (IlKind.Void, "Void", PrimitiveTypeCode.Void),
        (IlKind.Boolean, "Boolean", PrimitiveTypeCode.Boolean),
        (IlKind.Char, "Char", PrimitiveTypeCode.Char),
        (IlKind.I1, "SByte", PrimitiveTypeCode.SByte),
        (IlKind.U1, "Byte", PrimitiveTypeCode.Byte),
        (IlKind.I2, "Int16", PrimitiveTypeCode.Int16),
        (IlKind.U2, "UInt16", PrimitiveTypeCode.UInt16),
        (IlKind.I4, "Int32", PrimitiveTypeCode.Int32),
        (IlKind.U4, "UInt32", PrimitiveTypeCode.UInt32),
        (IlKind.I8, "Int64", PrimitiveTypeCode.Int64),
        (IlKind.U8, "UInt64", PrimitiveTypeCode.UInt64),
        (IlKind.NInt, "IntPtr", PrimitiveTypeCode.IntPtr),
        (IlKind.NUInt, "UIntPtr", PrimitiveTypeCode.UIntPtr),
        (IlKind.R4, "Single", PrimitiveTypeCode.Single),
        (IlKind.R8, "Double", PrimitiveTypeCode.Double),
    ];

    public AssemblyUniverse Universe => universe;

    public IlType Void => Primitive(IlKind.Void);

    public IlType Int32 => Primitive(IlKind.I4);

    public IlType Primitive(IlKind kind)
    {
        foreach ((IlKind k, string name, _) in s_primitives)
        {
            if (k == kind)
            {
                return Intern("System." + name, key => new IlType
                {
                    Kind = kind,
                    Name = key,
                    Table = this,
                    Definition = universe.FindIn("System.Private.CoreLib", "System", name, 0),
                });
            }
        }

        throw new ArgumentOutOfRangeException(nameof(kind));
    }

    public IlType Primitive(PrimitiveTypeCode code)
    {
        foreach ((IlKind kind, _, PrimitiveTypeCode c) in s_primitives)
        {
            if (c == code)
            {
                return Primitive(kind);
            }
        }

        string name = code switch
        {
            PrimitiveTypeCode.String => "String",
            PrimitiveTypeCode.TypedReference => "TypedReference",
            _ => "Object",
        };
        return Intern("System." + name, key => new IlType
        {
            Kind = IlKind.Class,
            Name = key,
            Table = this,
            Definition = universe.FindIn("System.Private.CoreLib", "System", name, 0),
        });
    }

    public IlType Pointer(IlType element) =>
        Intern(element.Name + "*", key => new IlType { Kind = IlKind.Pointer, Element = element, Name = key, Table = this });

    public IlType ByRef(IlType element) =>
        Intern(element.Name + "&", key => new IlType { Kind = IlKind.ByRef, Element = element, Name = key, Table = this });

    public IlType Array(IlType element) =>
        Intern(element.Name + "[]", key => new IlType { Kind = IlKind.Array, Element = element, Name = key, Table = this });

    public IlType FunctionPointer(IlType result, ImmutableArray<IlType> parameters) =>
        Intern($"delegate*<{string.Join(",", parameters.Append(result))}>", key => new IlType
        {
            Kind = IlKind.FunctionPointer,
            Element = result,
            Arguments = parameters,
            Name = key,
            Table = this,
        });

    public IlType TypeParameter(int index) =>
        Intern("!" + index, key => new IlType { Kind = IlKind.TypeParameter, Index = index, Name = key, Table = this });

    public IlType MethodParameter(int index) =>
        Intern("!!" + index, key => new IlType { Kind = IlKind.MethodParameter, Index = index, Name = key, Table = this });

    /// <summary>A type of an assembly the universe cannot find: usable as a name alone.</summary>
    public IlType Missing(string name, bool isValueType) =>
        Intern("?" + name, _ => new IlType { Kind = isValueType ? IlKind.Struct : IlKind.Class, Name = name, Table = this });

    public IlType Instance(TypeDef definition, ImmutableArray<IlType> arguments)
    {
        if (definition.Image.Name == "System.Private.CoreLib" && definition.Namespace == "System")
        {
            foreach ((IlKind kind, string name, _) in s_primitives)
            {
                if (definition.Name == name)
                {
                    return Primitive(kind);
                }
            }
        }

        string text = arguments.IsEmpty
            ? definition.FullName
            : $"{definition.FullName}<{string.Join(",", arguments)}>";
        return Intern($"{text}@{definition.Image.Name}", _ =>
        {
            IlKind kind = definition.IsEnum ? IlKind.Enum : definition.IsValueType ? IlKind.Struct : IlKind.Class;
            return new IlType
            {
                Kind = kind,
                Definition = definition,
                Arguments = arguments,
                Name = text,
                Table = this,
                Element = kind == IlKind.Enum ? definition.EnumUnderlying : null,
            };
        });
    }

    private IlType Intern(string key, Func<string, IlType> make)
    {
        if (!_types.TryGetValue(key, out IlType? type))
        {
            _types[key] = type = make(key);
        }

        return type;
    }
}
