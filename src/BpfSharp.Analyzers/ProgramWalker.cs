using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers;

/// <summary>Finds in a method's body what cannot be compiled.</summary>
internal sealed class ProgramWalker(MethodFacts facts, IMethodSymbol owner) : OperationWalker
{
    // What records compare their fields with: the compiler takes the type's own Equals.
    private const string Comparer = "System.Collections.Generic.EqualityComparer<T>";

    // Base-library types none of whose members can be compiled; the compiler judges every other call.
    private static readonly HashSet<string> s_foreignTypes =
    [
        "System.Console", "System.DateTime", "System.DateTimeOffset", "System.Environment", "System.Random", "System.Guid",
        "System.Diagnostics.Stopwatch", "System.Linq.Enumerable", "System.GC", "System.Convert", "System.Array",
        "System.Threading.Thread", "System.Threading.Tasks.Task", "System.Threading.Monitor", "System.IO.File",
    ];

    public override void VisitObjectCreation(IObjectCreationOperation operation)
    {
        if (operation.Type is { IsReferenceType: true } type && operation.Parent is not IThrowOperation
            && !(operation.Parent is IConversionOperation { Parent: IThrowOperation }) && !IsDeclaration(type))
        {
            Report(Rules.Allocation, operation, type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat));
        }

        if (!IsException(operation.Type))
        {
            base.VisitObjectCreation(operation);
        }
    }

    public override void VisitAnonymousObjectCreation(IAnonymousObjectCreationOperation operation)
    {
        Report(Rules.Allocation, operation, "anonymous type");
        base.VisitAnonymousObjectCreation(operation);
    }

    public override void VisitArrayCreation(IArrayCreationOperation operation)
    {
        // An array that is only the initialiser of a read-only span is constant data.
        if (operation.Parent is not IConversionOperation { Type: INamedTypeSymbol { Name: "ReadOnlySpan" } })
        {
            Report(Rules.StringOrArray, operation, "new " + operation.Type?.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat));
        }

        base.VisitArrayCreation(operation);
    }

    // The one member that boxes in IL and is compiled to what it means.
    private static bool IsFlagTest(IMethodSymbol method) =>
        method.Name == nameof(Enum.HasFlag) && method.ContainingType.SpecialType == SpecialType.System_Enum;

    public override void VisitConversion(IConversionOperation operation)
    {
        ITypeSymbol? from = operation.Operand.Type;
        if (from is { IsValueType: true } && operation.Type is { IsReferenceType: true }
            && operation.OperatorMethod is null && !operation.ConstantValue.HasValue
            && !(operation.Parent is IArgumentOperation { Parent: IInvocationOperation { TargetMethod: { } called } } && IsFlagTest(called)))
        {
            Report(Rules.Boxing, operation, from.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat));
        }
        else if (IsFloating(operation.Type) && !IsFloating(from))
        {
            Report(Rules.FloatingPoint, operation, operation.Type!.ToDisplayString());
        }

        base.VisitConversion(operation);
    }

    public override void VisitLiteral(ILiteralOperation operation)
    {
        if (IsFloating(operation.Type))
        {
            Report(Rules.FloatingPoint, operation, operation.Syntax.ToString());
        }
        else if (operation.Type?.SpecialType == SpecialType.System_String && !IsConstantArgument(operation))
        {
            Report(Rules.StringOrArray, operation, "\"" + operation.ConstantValue.Value + "\"");
        }

        base.VisitLiteral(operation);
    }

    public override void VisitInterpolatedString(IInterpolatedStringOperation operation)
    {
        if (operation.Type?.SpecialType == SpecialType.System_String
            && operation.Parent is not IInterpolatedStringHandlerCreationOperation)
        {
            Report(Rules.StringOrArray, operation, "interpolated string");
            return;
        }

        base.VisitInterpolatedString(operation);
    }

    public override void VisitInvocation(IInvocationOperation operation)
    {
        IMethodSymbol method = operation.TargetMethod;
        ITypeSymbol? receiver = operation.Instance?.Type;
        string name = method.ContainingType.Name + "." + method.Name;
        if (method.MethodKind == MethodKind.DelegateInvoke)
        {
            Report(Rules.Delegate, operation, name);
        }
        else if (s_foreignTypes.Contains(method.ContainingType.ToDisplayString()))
        {
            Report(Rules.UnsupportedCall, operation, name);
        }
        else if (method.ContainingType.SpecialType == SpecialType.System_String)
        {
            Report(Rules.StringOrArray, operation, name);
        }
        else if (receiver is { IsReferenceType: true, TypeKind: not TypeKind.TypeParameter } && !IsDeclaration(receiver)
            && receiver.OriginalDefinition.ToDisplayString() != Comparer
            && (method.IsVirtual || method.IsAbstract || (method.IsOverride && !method.IsSealed)))
        {
            Report(Rules.VirtualCall, operation, name);
        }
        else if (receiver is { IsValueType: true, TypeKind: not TypeKind.TypeParameter } && !IsFlagTest(method)
            && method.ContainingType.SpecialType is SpecialType.System_Object or SpecialType.System_ValueType or SpecialType.System_Enum)
        {
            Report(Rules.Boxing, operation, receiver.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat));
        }

        Follow(method);
        base.VisitInvocation(operation);
    }

    public override void VisitMethodReference(IMethodReferenceOperation operation)
    {
        Follow(operation.Method);
        base.VisitMethodReference(operation);
    }

    public override void VisitPropertyReference(IPropertyReferenceOperation operation)
    {
        if (operation.Property.ContainingType is { } container && s_foreignTypes.Contains(container.ToDisplayString()))
        {
            Report(Rules.UnsupportedCall, operation, container.Name + "." + operation.Property.Name);
        }

        if (operation.Property.GetMethod is { } getter)
        {
            Follow(getter);
        }

        if (operation.Property.SetMethod is { } setter)
        {
            Follow(setter);
        }

        base.VisitPropertyReference(operation);
    }

    public override void VisitAnonymousFunction(IAnonymousFunctionOperation operation)
    {
        foreach (IOperation inner in operation.Body.Descendants())
        {
            ISymbol? used = inner switch
            {
                ILocalReferenceOperation local => local.Local,
                IParameterReferenceOperation parameter => parameter.Parameter,
                _ => null,
            };
            if (used is not null && !IsInside(used.ContainingSymbol, operation.Symbol)
                && used is not ILocalSymbol { IsConst: true })
            {
                Report(Rules.Delegate, inner, "the lambda captures " + used.Name);
                break;
            }
        }

        base.VisitAnonymousFunction(operation);
    }

    public override void VisitTry(ITryOperation operation)
    {
        foreach (ICatchClauseOperation clause in operation.Catches)
        {
            Report(Rules.Catch, clause, clause.ExceptionType?.Name ?? "catch");
        }

        base.VisitTry(operation);
    }

    public override void VisitLock(ILockOperation operation)
    {
        Report(Rules.Lock, operation, operation.LockedValue.Syntax.ToString());
        base.VisitLock(operation);
    }

    public override void VisitThrow(IThrowOperation operation)
    {
        // The exception itself is never made: the program returns its fault value.
    }

    private void Report(DiagnosticDescriptor rule, IOperation operation, string what) =>
        facts.Add(Diagnostic.Create(rule, operation.Syntax.GetLocation(), what));

    private void Follow(IMethodSymbol method)
    {
        if (SymbolEqualityComparer.Default.Equals(method.ContainingType, owner.ContainingType) && method.MethodKind != MethodKind.LocalFunction)
        {
            facts.AddCallee(method);
        }
    }

    // Text that the compiler reads: parts of an interpolated handler, names asked of the kernel's types, attribute arguments.
    private static bool IsConstantArgument(ILiteralOperation operation)
    {
        for (IOperation? parent = operation.Parent; parent is not null; parent = parent.Parent)
        {
            switch (parent)
            {
                case IInterpolatedStringTextOperation or IInterpolationOperation or INameOfOperation or IThrowOperation or IUtf8StringOperation
                    or IInterpolatedStringAppendOperation or IInterpolatedStringHandlerCreationOperation:
                // The caller's own text that guards and assertions get as their last argument: no program reads it.
                case IArgumentOperation { ArgumentKind: ArgumentKind.DefaultValue }:
                case IArgumentOperation { Parent: IInvocationOperation { TargetMethod: { } called } }
                    when called.ContainingNamespace.ToDisplayString() == "BpfSharp.Language":
                    return true;
                case IBlockOperation:
                    return false;
                default:
                    break;
            }
        }

        return true;
    }

    private static bool IsInside(ISymbol? symbol, ISymbol container)
    {
        for (; symbol is not null; symbol = symbol.ContainingSymbol)
        {
            if (SymbolEqualityComparer.Default.Equals(symbol, container))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsFloating(ITypeSymbol? type) =>
        type?.SpecialType is SpecialType.System_Single or SpecialType.System_Double or SpecialType.System_Decimal;

    private static bool IsDeclaration(ITypeSymbol type)
    {
        for (ITypeSymbol? current = type; current is not null; current = current.BaseType)
        {
            string name = current.OriginalDefinition.ToDisplayString();
            if (name is Symbols.MapDeclaration or "BpfSharp.Language.ConstDeclaration")
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsException(ITypeSymbol? type)
    {
        for (ITypeSymbol? current = type; current is not null; current = current.BaseType)
        {
            if (current.Name == "Exception" && current.ContainingNamespace.Name == "System")
            {
                return true;
            }
        }

        return false;
    }
}
