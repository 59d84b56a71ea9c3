using System.Reflection;
using BpfSharp.Objects;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;

namespace BpfSharp.Compiler.Tests.Harness;

/// <summary>C# text compiled in memory, as the SDK would: the assembly to run plainly and its image to compile to eBPF.</summary>
internal sealed class SourceAssembly
{
    private const string Usings = """
        global using System;
        global using System.Numerics;
        global using System.Threading;
        global using System.Buffers.Binary;
        global using System.Runtime.CompilerServices;
        global using System.Runtime.InteropServices;
        global using BpfSharp.Language;
        """;

    private static readonly Lazy<MetadataReference[]> s_references = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(p => Path.GetFileName(p) is "System.Private.CoreLib.dll" or "System.Runtime.dll" or "System.Memory.dll"
                or "System.Threading.dll" or "System.Collections.dll" or "System.Linq.dll" or "System.Runtime.InteropServices.dll"
                or "netstandard.dll" or "System.Console.dll")
            .Select(p => MetadataReference.CreateFromFile(p)),
        MetadataReference.CreateFromFile(typeof(Language.XdpContext).Assembly.Location),
    ]);

    private Assembly? _assembly;

    private SourceAssembly(string source, byte[] image, byte[] pdb) => (Source, Image, Pdb) = (source, image, pdb);

    public string Source { get; }

    public byte[] Image { get; }

    public byte[] Pdb { get; }

    public Assembly Assembly => _assembly ??= Assembly.Load(Image, Pdb);

    public static SourceAssembly Build(string source, OptimizationLevel level)
    {
        CSharpParseOptions parse = new(LanguageVersion.CSharp14);
        SyntaxTree[] trees =
        [
            CSharpSyntaxTree.ParseText(SourceText.From(source, System.Text.Encoding.UTF8), parse, "program.cs"),
            CSharpSyntaxTree.ParseText(SourceText.From(Usings, System.Text.Encoding.UTF8), parse, "usings.cs"),
        ];
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Program" + Guid.NewGuid().ToString("N"), trees, s_references.Value,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: level, allowUnsafe: true,
                nullableContextOptions: NullableContextOptions.Enable));
        using MemoryStream image = new();
        using MemoryStream pdb = new();
        EmitResult result = compilation.Emit(
            image, pdb, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb));
        if (!result.Success)
        {
            throw new InvalidOperationException("the C# of the test does not compile:\n"
                + string.Join('\n', result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)) + "\n" + source);
        }

        return new(source, image.ToArray(), pdb.ToArray());
    }

    public CompilationResult Compile(string? type = null, int cpuLevel = 3, Action<string, string, string>? dump = null) =>
        BpfCompiler.TryCompile(Image, Pdb, type, new CompilerOptions { CpuLevel = cpuLevel, Dump = dump });

    public BpfObject Demand(string? type = null, int cpuLevel = 3)
    {
        CompilationResult result = Compile(type, cpuLevel);
        return result.Object ?? throw new InvalidOperationException(
            "the program was refused:\n" + string.Join('\n', result.Findings) + "\n" + Source);
    }
}
