namespace BpfSharp.Language;

/// <summary>A declared constant of any type.</summary>
public abstract class ConstDeclaration
{
    private protected ConstDeclaration()
    {
    }

    /// <summary>Name in the object: the field's; known once the class's object was read.</summary>
    public string? FieldName { get; internal set; }
}
