using System.Collections.Immutable;
using BpfSharp.Language;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace BpfSharp.Build.Tests;

/// <summary>C# text compiled against the language.</summary>
internal static class Source
{
    private const string Usings = "using System; using System.Threading; using System.Collections.Generic; using BpfSharp.Language;\n";

    private static readonly Lazy<ImmutableArray<MetadataReference>> s_references = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(p => Path.GetFileName(p).StartsWith("System.", StringComparison.Ordinal) || Path.GetFileName(p) == "netstandard.dll")
            .Select(p => MetadataReference.CreateFromFile(p)),
        MetadataReference.CreateFromFile(typeof(BpfObjectAttribute).Assembly.Location),
        MetadataReference.CreateFromFile(typeof(Runtime.Hosting.InProcessHost).Assembly.Location),
        MetadataReference.CreateFromFile(typeof(Linux.KernelHost).Assembly.Location),
    ]);

    private const string Implicit =
        "global using System; global using System.IO; global using System.Linq; global using System.Threading; "
        + "global using System.Threading.Tasks; global using System.Collections.Generic;";

    /// <summary>How text is parsed.</summary>
    public static CSharpParseOptions ParseOptions { get; } = new(LanguageVersion.CSharp14);

    /// <summary>How a file-based program is parsed.</summary>
    public static CSharpParseOptions FileOptions { get; } = ParseOptions.WithFeatures([new("FileBasedProgram", "true")]);

    /// <summary>A file-based program, compiled as the SDK would.</summary>
    public static CSharpCompilation CompileFile(string path) => CSharpCompilation.Create(
        Path.GetFileNameWithoutExtension(path),
        [
            CSharpSyntaxTree.ParseText(Implicit, FileOptions, path: "Usings.cs", encoding: System.Text.Encoding.UTF8),
            CSharpSyntaxTree.ParseText(File.ReadAllText(path), FileOptions, path: path, encoding: System.Text.Encoding.UTF8),
        ],
        s_references.Value,
        new CSharpCompilationOptions(OutputKind.ConsoleApplication, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable,
            optimizationLevel: OptimizationLevel.Release));

    /// <summary>A compilation of the text; line 1 of the text is line 2, behind the usings.</summary>
    public static CSharpCompilation Compile(string text, OutputKind kind = OutputKind.DynamicallyLinkedLibrary) => CSharpCompilation.Create(
        "Sample",
        [CSharpSyntaxTree.ParseText(Usings + text, ParseOptions, path: "Sample.cs", encoding: System.Text.Encoding.UTF8)],
        s_references.Value,
        new CSharpCompilationOptions(kind, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));

    /// <summary>A program around statements, with context <c>ctx</c>.</summary>
    public static string Program(string statements, string members = "") => $$"""
        [BpfObject]
        static class Sample
        {
            {{members}}
            [Xdp]
            static XdpAction Run(XdpContext ctx)
            {
        {{statements}}
            }
        }
        """;
}
