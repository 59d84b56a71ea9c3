using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace BpfSharp.Analyzers;

/// <summary>
/// Takes back what the C# compiler says of fields that nothing in the assembly writes or reads, when the other side does: the kernel
/// fills its structures and the records of tracepoints, and padding of a map's value is there for its place alone.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SharedTypeSuppressor : DiagnosticSuppressor
{
    private const string Why = "the kernel shares memory of this type with the program";

    /// <inheritdoc/>
    public override ImmutableArray<SuppressionDescriptor> SupportedSuppressions { get; } =
        [.. new[] { "CS0169", "CS0414", "CS0649", "CA1823", "IDE0044", "IDE0051", "IDE0052" }.Select(static id => new SuppressionDescriptor("BPFS" + id, id, Why))];

    /// <inheritdoc/>
    public override void ReportSuppressions(SuppressionAnalysisContext context)
    {
        if (context.Compilation.GetTypeByMetadataName(Symbols.ObjectAttribute) is not { } marker)
        {
            return;
        }

        INamedTypeSymbol? kernel = context.Compilation.GetTypeByMetadataName(Symbols.KernelTypeAttribute);
        HashSet<INamedTypeSymbol>? shared = null;
        foreach (Diagnostic diagnostic in context.ReportedDiagnostics)
        {
            if (Field(diagnostic, context) is not { ContainingType: { TypeKind: TypeKind.Struct } type })
            {
                continue;
            }

            if (kernel is null || !Symbols.Has(type, kernel))
            {
                shared ??= SharedTypes(context.Compilation, marker);
                if (!shared.Contains(type.OriginalDefinition))
                {
                    continue;
                }
            }

            context.ReportSuppression(Suppression.Create(SupportedSuppressions.First(s => s.SuppressedDiagnosticId == diagnostic.Id), diagnostic));
        }
    }

    private static IFieldSymbol? Field(Diagnostic diagnostic, SuppressionAnalysisContext context)
    {
        if (diagnostic.Location.SourceTree is not { } tree)
        {
            return null;
        }

        SyntaxNode? node = tree.GetRoot(context.CancellationToken).FindNode(diagnostic.Location.SourceSpan);
        SemanticModel model = context.GetSemanticModel(tree);
        for (; node is not null; node = node.Parent)
        {
            if (model.GetDeclaredSymbol(node, context.CancellationToken) is { } symbol)
            {
                return symbol as IFieldSymbol;
            }
        }

        return null;
    }

    // Every structure that maps, globals and parameters of a [BpfObject] class hold, at any depth.
    private static HashSet<INamedTypeSymbol> SharedTypes(Compilation compilation, INamedTypeSymbol marker)
    {
        HashSet<INamedTypeSymbol> found = new(SymbolEqualityComparer.Default);
        Stack<INamespaceOrTypeSymbol> open = new([compilation.Assembly.GlobalNamespace]);
        while (open.Count > 0)
        {
            INamespaceOrTypeSymbol scope = open.Pop();
            foreach (INamespaceOrTypeSymbol member in scope.GetMembers().OfType<INamespaceOrTypeSymbol>())
            {
                open.Push(member);
            }

            if (scope is INamedTypeSymbol type && Symbols.Has(type, marker))
            {
                foreach (ISymbol member in type.GetMembers())
                {
                    Reach((member as IFieldSymbol)?.Type, found);
                    foreach (IParameterSymbol parameter in (member as IMethodSymbol)?.Parameters ?? [])
                    {
                        Reach(parameter.Type, found);
                    }
                }
            }
        }

        return found;
    }

    private static void Reach(ITypeSymbol? type, HashSet<INamedTypeSymbol> found)
    {
        if (type is IPointerTypeSymbol pointer)
        {
            Reach(pointer.PointedAtType, found);
            return;
        }

        if (type is not INamedTypeSymbol named)
        {
            return;
        }

        foreach (ITypeSymbol argument in named.TypeArguments)
        {
            Reach(argument, found);
        }

        // Only declared here: types of other assemblies raise no warnings in this one.
        if (named.TypeKind == TypeKind.Struct && named.Locations.Any(static l => l.IsInSource) && found.Add(named.OriginalDefinition))
        {
            foreach (IFieldSymbol field in named.GetMembers().OfType<IFieldSymbol>().Where(static f => !f.IsStatic))
            {
                Reach(field.Type, found);
            }
        }
    }
}
