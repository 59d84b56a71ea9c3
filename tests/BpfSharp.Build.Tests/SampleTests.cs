extern alias Analyzers;
using System.Collections.Immutable;
using Analyzers::BpfSharp.Analyzers;
using BpfSharp.Compiler;
using BpfSharp.Hosting;
using BpfSharp.Linux;
using BpfSharp.Objects;
using BpfSharp.TestSupport;
using BpfSharp.Verifier;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace BpfSharp.Build.Tests;

/// <summary>Each file of samples/csharp: compiles as C#, passes the analyzer, compiles to eBPF, and is accepted.</summary>
public sealed class SampleTests
{
    public static TheoryData<string> Samples { get; } =
    [
        .. Directory.EnumerateFiles(Path.Combine(TestPaths.Repository, "samples", "csharp"), "*.cs")
            // Some only use what others compiled.
            .Where(f => File.ReadAllText(f).Contains("[BpfObject]", StringComparison.Ordinal))
            .Select(f => Path.GetFileNameWithoutExtension(f)).Order(),
    ];

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task Compiles_and_is_accepted_by_our_verifier(string sample)
    {
        BpfObject compiled = await Compile(sample);
        Assert.NotEmpty(compiled.Programs);
        foreach (ProgramSpec program in compiled.Programs)
        {
            VerificationResult result = ProgramVerifier.Verify(compiled, program);
            Assert.True(result.Verdict != Verdict.Rejected, $"{sample}, {program.Name}:\n{string.Join("\n", result.Findings)}");
        }

        Assert.Null(compiled.FirstDifference(await Compile(sample)));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task Loads_in_the_kernel(string sample)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "needs root on Linux");
        BpfObject compiled = BpfObject.Read((await Compile(sample)).ToElf(), sample);
        try
        {
            using LoadedObject loaded = BpfHost.Kernel.Load(compiled);
            Assert.Equal(compiled.Programs.Count, loaded.Programs.Count);
        }
        catch (BpfSharp.Diagnostics.BpfException refusal)
            when (sample is "readlatency" or "noexec" && refusal is not BpfSharp.Diagnostics.ProgramRejectedException)
        {
            // fentry and the BPF security module are options of the kernel's build; what its verifier says would be a defect.
            Assert.Skip($"this kernel: {refusal.Message}");
        }
    }

    /// <summary>Compiles a sample as its build does: an assembly and its symbols.</summary>
    internal static async Task<(byte[] Assembly, byte[] Symbols)> Emit(string sample)
    {
        string path = Path.Combine(TestPaths.Repository, "samples", "csharp", sample + ".cs");
        CSharpCompilation compilation = Source.CompileFile(path);
        CSharpGeneratorDriver.Create([new LoadGenerator().AsSourceGenerator()], parseOptions: Source.FileOptions)
            .RunGeneratorsAndUpdateCompilation(compilation, out Compilation generated, out _);
        Diagnostic[] errors = [.. generated.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error)];
        Assert.True(errors.Length == 0, string.Join("\n", errors.Select(e => e.ToString())));
        ImmutableArray<Diagnostic> findings = await generated.WithAnalyzers([new ProgramAnalyzer()]).GetAnalyzerDiagnosticsAsync();
        Assert.True(findings.IsEmpty, string.Join("\n", findings));
        using MemoryStream assembly = new();
        using MemoryStream pdb = new();
        Assert.True(generated.Emit(assembly, pdb).Success);
        return (assembly.ToArray(), pdb.ToArray());
    }

    private static async Task<BpfObject> Compile(string sample)
    {
        (byte[] assembly, byte[] symbols) = await Emit(sample);
        CompilationResult result = BpfCompiler.TryCompile(assembly, symbols);
        Assert.True(result.Object is not null, string.Join("\n", result.Findings));
        return result.Object;
    }
}
