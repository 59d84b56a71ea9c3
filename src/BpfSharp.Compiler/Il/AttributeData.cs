using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace BpfSharp.Compiler.Il;

/// <summary>A custom attribute with decoded arguments.</summary>
internal sealed class AttributeData
{
    private readonly AssemblyImage _image;
    private readonly CustomAttribute _row;
    private CustomAttributeValue<IlType>? _value;

    private AttributeData(AssemblyImage image, CustomAttribute row, TypeDef? type, string name)
    {
        _image = image;
        _row = row;
        Type = type;
        Name = name;
    }

    /// <summary>Name of the attribute class, without namespace.</summary>
    public string Name { get; }

    public TypeDef? Type { get; }

    public ImmutableArray<CustomAttributeTypedArgument<IlType>> Arguments => Value.FixedArguments;

    private CustomAttributeValue<IlType> Value => _value ??= _row.DecodeValue(new ArgumentDecoder(_image));

    public static ImmutableArray<AttributeData> Read(AssemblyImage image, CustomAttributeHandleCollection handles)
    {
        MetadataReader md = image.Metadata;
        ImmutableArray<AttributeData>.Builder all = ImmutableArray.CreateBuilder<AttributeData>(handles.Count);
        foreach (CustomAttributeHandle handle in handles)
        {
            CustomAttribute row = md.GetCustomAttribute(handle);
            EntityHandle owner = row.Constructor.Kind == HandleKind.MethodDefinition
                ? md.GetMethodDefinition((MethodDefinitionHandle)row.Constructor).GetDeclaringType()
                : md.GetMemberReference((MemberReferenceHandle)row.Constructor).Parent;
            TypeDef? type = owner.Kind switch
            {
                HandleKind.TypeDefinition => image.GetType((TypeDefinitionHandle)owner),
                HandleKind.TypeReference => image.Universe.Resolve(image, (TypeReferenceHandle)owner),
                _ => null,
            };
            string name = type is not null ? type.Name : owner.Kind == HandleKind.TypeReference
                ? md.GetString(md.GetTypeReference((TypeReferenceHandle)owner).Name) : "";
            all.Add(new AttributeData(image, row, type, name));
        }

        return all.ToImmutable();
    }

    public object? Named(string name)
    {
        foreach (CustomAttributeNamedArgument<IlType> argument in Value.NamedArguments)
        {
            if (argument.Name == name)
            {
                return argument.Value;
            }
        }

        return null;
    }

    public long Integer(string name, long fallback) => Named(name) is { } value and not string ? ToInteger(value) : fallback;

    public long Integer(int index) => ToInteger(Arguments[index].Value!);

    /// <summary>The first argument as an enum member: its type and value.</summary>
    public (IlType Type, long Value) Target() => (Arguments[0].Type, ToInteger(Arguments[0].Value!));

    public string? Text(int index) => index < Arguments.Length ? Arguments[index].Value as string : null;

    public static long ToInteger(object value) => value switch
    {
        ulong u => unchecked((long)u),
        bool b => b ? 1 : 0,
        _ => Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture),
    };

    private sealed class ArgumentDecoder(AssemblyImage image) : ICustomAttributeTypeProvider<IlType>
    {
        private readonly SignatureDecoder _types = new(image);

        public IlType GetPrimitiveType(PrimitiveTypeCode typeCode) => _types.GetPrimitiveType(typeCode);

        public IlType GetSystemType() => image.Universe.Types.Missing("System.Type", isValueType: false);

        public IlType GetSZArrayType(IlType elementType) => _types.GetSZArrayType(elementType);

        public IlType GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) =>
            _types.GetTypeFromDefinition(reader, handle, rawTypeKind);

        public IlType GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) =>
            _types.GetTypeFromReference(reader, handle, rawTypeKind);

        public IlType GetTypeFromSerializedName(string name)
        {
            string[] parts = name.Split(',');
            string full = parts[0].Trim();
            int dot = full.LastIndexOf('.');
            string ns = dot < 0 ? "" : full[..dot];
            string simple = full[(dot + 1)..];
            TypeDef? found = parts.Length > 1
                ? image.Universe.FindIn(parts[1].Trim(), ns, simple, 0)
                : image.FindType(ns, simple) ?? image.Universe.FindIn("System.Private.CoreLib", ns, simple, 0);
            return found is null ? image.Universe.Types.Missing(full, false) : image.Universe.Types.Instance(found, []);
        }

        public PrimitiveTypeCode GetUnderlyingEnumType(IlType type) => type.Integer switch
        {
            IlKind.I1 => PrimitiveTypeCode.SByte,
            IlKind.U1 => PrimitiveTypeCode.Byte,
            IlKind.I2 => PrimitiveTypeCode.Int16,
            IlKind.U2 => PrimitiveTypeCode.UInt16,
            IlKind.U4 => PrimitiveTypeCode.UInt32,
            IlKind.I8 => PrimitiveTypeCode.Int64,
            IlKind.U8 => PrimitiveTypeCode.UInt64,
            _ => PrimitiveTypeCode.Int32,
        };

        public bool IsSystemType(IlType type) => type.Name == "System.Type";
    }
}
