using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;

namespace BpfSharp.Compiler.Il;

/// <summary>A method of a closed type with closed method arguments.</summary>
internal sealed class IlMethod : IEquatable<IlMethod>
{
    private ImmutableArray<AttributeData> _attributes;
    private IlBody? _body;

    public IlMethod(IlType owner, MethodDefinitionHandle handle, ImmutableArray<IlType> arguments)
    {
        Owner = owner;
        Handle = handle;
        Arguments = arguments;
        Image = owner.Definition!.Image;
        Row = Image.Metadata.GetMethodDefinition(handle);
        Name = Image.Metadata.GetString(Row.Name);
        MethodSignature<IlType> signature = Row.DecodeSignature(new SignatureDecoder(Image), Context);
        ReturnType = signature.ReturnType;
        Parameters = signature.ParameterTypes;
    }

    public IlType Owner { get; }

    public AssemblyImage Image { get; }

    public MethodDefinitionHandle Handle { get; }

    public MethodDefinition Row { get; }

    public ImmutableArray<IlType> Arguments { get; }

    public string Name { get; }

    public IlType ReturnType { get; }

    /// <summary>Declared parameters, without the receiver.</summary>
    public ImmutableArray<IlType> Parameters { get; }

    public bool IsStatic => (Row.Attributes & MethodAttributes.Static) != 0;

    public bool IsAbstract => (Row.Attributes & MethodAttributes.Abstract) != 0;

    public bool IsVirtual => (Row.Attributes & MethodAttributes.Virtual) != 0;

    public bool NoInlining => (Row.ImplAttributes & MethodImplAttributes.NoInlining) != 0;

    public GenericContext Context => new(Owner.Arguments, Arguments);

    public string FullName => $"{Owner.DefinitionName}.{Name}";

    public ImmutableArray<AttributeData> Attributes
    {
        get
        {
            if (_attributes.IsDefault)
            {
                ImmutableArray<AttributeData> own = AttributeData.Read(Image, Row.GetCustomAttributes());
                _attributes = own.AddRange(PropertyAttributes());
            }

            return _attributes;
        }
    }

    /// <summary>Types of all arguments: the receiver first (by reference for structs).</summary>
    public ImmutableArray<IlType> AllParameters => IsStatic
        ? Parameters
        : Parameters.Insert(0, Owner.Kind is IlKind.Class or IlKind.Array ? Owner : Owner.Table.ByRef(Owner));

    public IlBody? Body => _body ??= Row.RelativeVirtualAddress == 0 ? null : IlBody.Read(this);

    public AttributeData? FindAttribute(string name) => Attributes.FirstOrDefault(a => a.Name == name);

    /// <summary>Whether a declared parameter is <c>in</c> or <c>ref readonly</c>.</summary>
    public bool IsInParameter(int index)
    {
        foreach (ParameterHandle handle in Row.GetParameters())
        {
            Parameter parameter = Image.Metadata.GetParameter(handle);
            if (parameter.SequenceNumber == index + 1)
            {
                return (parameter.Attributes & ParameterAttributes.In) != 0;
            }
        }

        return false;
    }

    public string ParameterName(int index)
    {
        foreach (ParameterHandle handle in Row.GetParameters())
        {
            Parameter parameter = Image.Metadata.GetParameter(handle);
            if (parameter.SequenceNumber == index + 1)
            {
                return Image.Metadata.GetString(parameter.Name);
            }
        }

        return "arg" + index;
    }

    public bool Equals(IlMethod? other) => other is not null && ReferenceEquals(Owner, other.Owner)
        && Handle == other.Handle && Arguments.SequenceEqual(other.Arguments);

    public override bool Equals(object? obj) => Equals(obj as IlMethod);

    public override int GetHashCode() => HashCode.Combine(Owner.Name, Handle, Arguments.Length);

    public override string ToString() => Arguments.IsEmpty
        ? $"{Owner}.{Name}"
        : $"{Owner}.{Name}<{string.Join(",", Arguments)}>";

    // An attribute on a property counts for its accessors.
    private IEnumerable<AttributeData> PropertyAttributes()
    {
        if ((Row.Attributes & MethodAttributes.SpecialName) == 0 || (!Name.Contains("get_", StringComparison.Ordinal)
            && !Name.Contains("set_", StringComparison.Ordinal)))
        {
            yield break;
        }

        foreach (PropertyDefinitionHandle handle in Owner.Definition!.Row.GetProperties())
        {
            PropertyDefinition property = Image.Metadata.GetPropertyDefinition(handle);
            PropertyAccessors accessors = property.GetAccessors();
            if (accessors.Getter == Handle || accessors.Setter == Handle)
            {
                foreach (AttributeData attribute in AttributeData.Read(Image, property.GetCustomAttributes()))
                {
                    yield return attribute;
                }
            }
        }
    }
}
