using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace BpfSharp.Analyzers;

/// <summary>Marks what cannot be compiled in the programs of a class marked with <c>[BpfObject]</c> and in the methods of it that they call.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ProgramAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
    [
        Rules.Signature, Rules.Allocation, Rules.Boxing, Rules.VirtualCall, Rules.Catch, Rules.FloatingPoint, Rules.StringOrArray,
        Rules.Delegate, Rules.Recursion, Rules.UnsupportedCall, Rules.StateMachine, Rules.Lock, Rules.VariableStackalloc,
    ];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            if (start.Compilation.GetTypeByMetadataName(Symbols.ObjectAttribute) is { } marker
                && start.Compilation.GetTypeByMetadataName(Symbols.ProgramAttribute) is { } program)
            {
                start.RegisterSymbolStartAction(symbol => Begin(symbol, marker, program), SymbolKind.NamedType);
            }
        });
    }

    private static void Begin(SymbolStartAnalysisContext context, INamedTypeSymbol marker, INamedTypeSymbol program)
    {
        INamedTypeSymbol type = (INamedTypeSymbol)context.Symbol;
        if (!Symbols.Has(type, marker))
        {
            return;
        }

        ConcurrentDictionary<IMethodSymbol, MethodFacts> methods = new(SymbolEqualityComparer.Default);
        context.RegisterOperationBlockAction(block =>
        {
            if (block.OwningSymbol is IMethodSymbol method)
            {
                MethodFacts facts = methods.GetOrAdd(method, static _ => new MethodFacts());
                foreach (IOperation operation in block.OperationBlocks.Where(o => o.Kind != OperationKind.Attribute))
                {
                    new ProgramWalker(facts, method).Visit(operation);
                }
            }
        });
        context.RegisterSyntaxNodeAction(node =>
        {
            StackAllocArrayCreationExpressionSyntax allocation = (StackAllocArrayCreationExpressionSyntax)node.Node;
            if (node.ContainingSymbol is IMethodSymbol method
                && allocation.Type is ArrayTypeSyntax { RankSpecifiers: { Count: > 0 } ranks }
                && ranks[0].Sizes.FirstOrDefault() is { } size and not OmittedArraySizeExpressionSyntax
                && !node.SemanticModel.GetConstantValue(size, node.CancellationToken).HasValue)
            {
                methods.GetOrAdd(method, static _ => new MethodFacts())
                    .Add(Diagnostic.Create(Rules.VariableStackalloc, size.GetLocation(), size.ToString()));
            }
        }, SyntaxKind.StackAllocArrayCreationExpression);
        context.RegisterSymbolEndAction(end => Report(end, type, program, methods));
    }

    // Only what programs reach: other methods of the class are ordinary C#.
    private static void Report(
        SymbolAnalysisContext context, INamedTypeSymbol type, INamedTypeSymbol program,
        ConcurrentDictionary<IMethodSymbol, MethodFacts> methods)
    {
        HashSet<IMethodSymbol> seen = new(SymbolEqualityComparer.Default);
        List<IMethodSymbol> path = [];
        foreach (IMethodSymbol method in type.GetMembers().OfType<IMethodSymbol>())
        {
            if (method.GetAttributes().FirstOrDefault(a => Derives(a.AttributeClass, program)) is not null)
            {
                CheckSignature(context, method);
                Walk(method);
            }
        }

        void Walk(IMethodSymbol method)
        {
            if (path.Contains(method, SymbolEqualityComparer.Default))
            {
                context.ReportDiagnostic(Diagnostic.Create(Rules.Recursion, method.Locations[0], method.Name));
                return;
            }

            if (!seen.Add(method))
            {
                return;
            }

            if (method.IsAsync || IsIterator(method))
            {
                context.ReportDiagnostic(Diagnostic.Create(Rules.StateMachine, method.Locations[0], method.Name));
            }

            if (!methods.TryGetValue(method, out MethodFacts? facts))
            {
                return;
            }

            foreach (Diagnostic diagnostic in facts.Diagnostics)
            {
                context.ReportDiagnostic(diagnostic);
            }

            path.Add(method);
            foreach (IMethodSymbol callee in facts.Callees)
            {
                Walk(callee);
            }

            path.RemoveAt(path.Count - 1);
        }
    }

    private static void CheckSignature(SymbolAnalysisContext context, IMethodSymbol method)
    {
        bool returns = method.ReturnType.TypeKind == TypeKind.Enum
            || method.ReturnType.SpecialType is >= SpecialType.System_SByte and <= SpecialType.System_UInt64 or SpecialType.System_Boolean
                or SpecialType.System_Void;
        if (method.IsAsync || IsIterator(method))
        {
            return;
        }

        if (!method.IsStatic || method.IsGenericMethod || method.Parameters.Length == 0 || !returns)
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.Signature, method.Locations[0], method.Name));
        }
    }

    private static bool IsIterator(IMethodSymbol method) =>
        method.ReturnType.OriginalDefinition.SpecialType is SpecialType.System_Collections_Generic_IEnumerable_T
            or SpecialType.System_Collections_IEnumerable or SpecialType.System_Collections_Generic_IEnumerator_T;

    private static bool Derives(INamedTypeSymbol? type, INamedTypeSymbol ancestor)
    {
        for (; type is not null; type = type.BaseType)
        {
            if (SymbolEqualityComparer.Default.Equals(type, ancestor))
            {
                return true;
            }
        }

        return false;
    }
}
