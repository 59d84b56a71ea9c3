extern alias Analyzers;
using Analyzers::BpfSharp.Analyzers;
using BpfSharp.Compiler;
using BpfSharp.Compiler.Tests.Library;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Emit;

namespace BpfSharp.Build.Tests;

/// <summary>The editor marks nothing of the base library that the compiler compiles.</summary>
public sealed class LibraryTests
{
    private const string Usings = "using System.Numerics; using System.Buffers.Binary; using System.Runtime.CompilerServices; using System.Runtime.InteropServices;\n";

    [Fact]
    public async Task What_compiles_is_not_marked()
    {
        // One that must be marked, to see that marks are looked for.
        LibraryMember wrongOne = new(100_000, "Console", "WriteLine", "", "System.Console.WriteLine(a); return a;");
        LibraryMember[] members = [.. LibraryMembers.All(), wrongOne];
        CSharpCompilation compilation = Source.Compile(Usings + LibraryMembers.Types + string.Concat(members.Select(m => m.Source)));
        using MemoryStream image = new();
        using MemoryStream symbols = new();
        EmitResult emitted = compilation.Emit(image, symbols, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb),
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(emitted.Success, string.Join("\n", emitted.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)));

        SyntaxTree tree = compilation.SyntaxTrees[0];
        SyntaxNode root = await tree.GetRootAsync(TestContext.Current.CancellationToken);
        ILookup<string, Diagnostic> marked = (await compilation.WithAnalyzers([new ProgramAnalyzer()]).GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken))
            .ToLookup(d => root.FindNode(d.Location.SourceSpan).AncestorsAndSelf().OfType<Microsoft.CodeAnalysis.CSharp.Syntax.ClassDeclarationSyntax>().Last().Identifier.Text);
        string[] wrong = [.. members.Where(m => marked.Contains(m.Class) && Compiles(m)).Select(m => $"{m.Code}\n  {marked[m.Class].First().GetMessage(System.Globalization.CultureInfo.InvariantCulture)}")];
        Assert.True(wrong.Length == 0, string.Join("\n", wrong));
        Assert.True(marked.Contains(wrongOne.Class));

        bool Compiles(LibraryMember member) => BpfCompiler.TryCompile(image.ToArray(), symbols.ToArray(), member.Class, new CompilerOptions()).Object is not null;
    }
}
