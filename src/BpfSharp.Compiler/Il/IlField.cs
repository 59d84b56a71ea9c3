using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;

namespace BpfSharp.Compiler.Il;

/// <summary>A field of a closed type.</summary>
internal sealed class IlField
{
    public IlField(IlType owner, FieldDefinitionHandle handle)
    {
        Owner = owner;
        Handle = handle;
        AssemblyImage image = owner.Definition!.Image;
        Row = image.Metadata.GetFieldDefinition(handle);
        Name = image.Metadata.GetString(Row.Name);
        Type = Row.DecodeSignature(new SignatureDecoder(image), new GenericContext(owner.Arguments, []));
    }

    public IlType Owner { get; }

    public FieldDefinitionHandle Handle { get; }

    public FieldDefinition Row { get; }

    public string Name { get; }

    public IlType Type { get; }

    public bool IsStatic => (Row.Attributes & FieldAttributes.Static) != 0;

    public bool IsReadOnly => (Row.Attributes & FieldAttributes.InitOnly) != 0;

    public ImmutableArray<AttributeData> Attributes =>
        AttributeData.Read(Owner.Definition!.Image, Row.GetCustomAttributes());

    /// <summary>Byte offset of an instance field in its owner.</summary>
    public int Offset => Owner.Layout.OffsetOf(this);

    public override string ToString() => $"{Owner}.{Name}";
}
