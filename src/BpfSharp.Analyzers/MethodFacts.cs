using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers;

/// <summary>What was found in a method: reported only if a program reaches it.</summary>
internal sealed class MethodFacts
{
    private readonly ConcurrentQueue<Diagnostic> _diagnostics = new();
    private readonly ConcurrentQueue<IMethodSymbol> _callees = new();

    /// <summary>What cannot be compiled.</summary>
    public IEnumerable<Diagnostic> Diagnostics => _diagnostics;

    /// <summary>Methods called, or passed as callbacks.</summary>
    public IEnumerable<IMethodSymbol> Callees => _callees;

    public void Add(Diagnostic diagnostic) => _diagnostics.Enqueue(diagnostic);

    public void AddCallee(IMethodSymbol method) => _callees.Enqueue(method.OriginalDefinition);
}
