namespace BpfSharp.Language;

/// <summary>A declared constant of any type.</summary>
public abstract class ConstDeclaration
{
    private protected ConstDeclaration()
    {
    }
}
