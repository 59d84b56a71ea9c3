using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers;

/// <summary>The attributes of the language, by the names the compiler knows them.</summary>
internal static class Symbols
{
    /// <summary>Marks a class of programs.</summary>
    public const string ObjectAttribute = "BpfSharp.Language.BpfObjectAttribute";

    /// <summary>What the attributes of program types derive from.</summary>
    public const string ProgramAttribute = "BpfSharp.Language.BpfProgramAttribute";

    /// <summary>Marks a structure of the kernel.</summary>
    public const string KernelTypeAttribute = "BpfSharp.Language.BtfTypeAttribute";

    /// <summary>The class that declarations of maps derive from.</summary>
    public const string MapDeclaration = "BpfSharp.Language.MapDeclaration";

    /// <summary>Whether a type has an attribute.</summary>
    public static bool Has(ITypeSymbol type, INamedTypeSymbol attribute) =>
        type.GetAttributes().Any(a => SymbolEqualityComparer.Default.Equals(a.AttributeClass, attribute));
}
