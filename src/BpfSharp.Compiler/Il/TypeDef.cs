using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;

namespace BpfSharp.Compiler.Il;

/// <summary>A type definition of an assembly, generic parameters open.</summary>
internal sealed class TypeDef
{
    private ImmutableArray<AttributeData> _attributes;

    public TypeDef(AssemblyImage image, TypeDefinitionHandle handle)
    {
        Image = image;
        Handle = handle;
        MetadataReader md = image.Metadata;
        Row = md.GetTypeDefinition(handle);
        string name = md.GetString(Row.Name);
        if (Row.IsNested)
        {
            TypeDef outer = image.GetType(Row.GetDeclaringType());
            Namespace = outer.Namespace;
            Name = outer.Name + "+" + name;
        }
        else
        {
            Namespace = md.GetString(Row.Namespace);
            Name = name;
        }

        FullName = Namespace.Length == 0 ? Name : Namespace + "." + Name;
        string baseName = BaseTypeName(md);
        IsEnum = baseName == "System.Enum";
        IsDelegate = baseName == "System.MulticastDelegate";
        IsValueType = IsEnum || (baseName == "System.ValueType" && FullName != "System.Enum");
    }

    public AssemblyImage Image { get; }

    public TypeDefinitionHandle Handle { get; }

    public TypeDefinition Row { get; }

    public string Namespace { get; }

    /// <summary>Name with outer types, <c>Outer+Inner</c>; generic arity included as in metadata.</summary>
    public string Name { get; }

    public string FullName { get; }

    public bool IsEnum { get; }

    public bool IsValueType { get; }

    public bool IsDelegate { get; }

    public IEnumerable<FieldDefinitionHandle> InstanceFields =>
        Row.GetFields().Where(h => (Image.Metadata.GetFieldDefinition(h).Attributes & FieldAttributes.Static) == 0);

    public IlType EnumUnderlying
    {
        get
        {
            FieldDefinition row = Image.Metadata.GetFieldDefinition(InstanceFields.First());
            return row.DecodeSignature(new SignatureDecoder(Image), GenericContext.Open);
        }
    }

    public ImmutableArray<AttributeData> Attributes
    {
        get
        {
            if (_attributes.IsDefault)
            {
                _attributes = AttributeData.Read(Image, Row.GetCustomAttributes());
            }

            return _attributes;
        }
    }

    /// <summary>The first attribute of a name (without namespace).</summary>
    public AttributeData? FindAttribute(string name) => Attributes.FirstOrDefault(a => a.Name == name);

    /// <summary>Name and value of an enum's members.</summary>
    public IEnumerable<(string Name, long Value)> EnumMembers
    {
        get
        {
            MetadataReader md = Image.Metadata;
            foreach (FieldDefinitionHandle handle in Row.GetFields())
            {
                FieldDefinition row = md.GetFieldDefinition(handle);
                if ((row.Attributes & FieldAttributes.Literal) != 0 && !row.GetDefaultValue().IsNil)
                {
                    Constant constant = md.GetConstant(row.GetDefaultValue());
                    object value = md.GetBlobReader(constant.Value).ReadConstant(constant.TypeCode)!;
                    yield return (md.GetString(row.Name), value is ulong u
                        ? unchecked((long)u)
                        : Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));
                }
            }
        }
    }

    public override string ToString() => FullName;

    private string BaseTypeName(MetadataReader md)
    {
        EntityHandle parent = Row.BaseType;
        switch (parent.Kind)
        {
            case HandleKind.TypeReference when !parent.IsNil:
                TypeReference reference = md.GetTypeReference((TypeReferenceHandle)parent);
                return md.GetString(reference.Namespace) + "." + md.GetString(reference.Name);
            case HandleKind.TypeDefinition when !parent.IsNil:
                TypeDefinition definition = md.GetTypeDefinition((TypeDefinitionHandle)parent);
                return md.GetString(definition.Namespace) + "." + md.GetString(definition.Name);
            default:
                return "";
        }
    }
}
