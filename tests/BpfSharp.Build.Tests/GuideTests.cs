extern alias Analyzers;
using System.Text.RegularExpressions;
using Analyzers::BpfSharp.Analyzers;
using BpfSharp.Compiler;
using BpfSharp.Objects;
using BpfSharp.TestSupport;
using BpfSharp.Verifier;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace BpfSharp.Build.Tests;

/// <summary>The code of the guide: each C# block compiles, and our verifier accepts it.</summary>
public sealed partial class GuideTests
{
    public static TheoryData<string, int> Blocks { get; } = FindBlocks();

    [Theory]
    [MemberData(nameof(Blocks))]
    public async Task A_block_of_the_guide_compiles(string page, int index)
    {
        string text = Block().Matches(Read(page))[index].Groups[1].Value;
        CSharpCompilation compilation = Source.Compile(text);
        using MemoryStream assembly = new();
        using MemoryStream pdb = new();
        var emitted = compilation.Emit(assembly, pdb, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(emitted.Success, $"{string.Join("\n", emitted.Diagnostics)}\n{text}");
        Assert.Empty(await compilation.WithAnalyzers([new ProgramAnalyzer()]).GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken));
        CompilationResult result = BpfCompiler.TryCompile(assembly.ToArray(), pdb.ToArray());
        Assert.True(result.Object is not null, $"{string.Join("\n", result.Findings)}\n{text}");
        foreach (ProgramSpec program in result.Object.Programs)
        {
            VerificationResult verdict = ProgramVerifier.Verify(result.Object, program);
            Assert.True(verdict.Verdict == Verdict.Accepted, $"{string.Join("\n", verdict.Findings)}\n{text}");
        }
    }

    private static TheoryData<string, int> FindBlocks()
    {
        TheoryData<string, int> blocks = [];
        foreach (string page in Directory.EnumerateFiles(Path.Combine(TestPaths.Repository, "docs", "guide"), "csharp*.md").Order())
        {
            string name = Path.GetFileName(page);
            for (int i = 0; i < Block().Count(Read(name)); i++)
            {
                blocks.Add(name, i);
            }
        }

        return blocks;
    }

    private static string Read(string page) => File.ReadAllText(Path.Combine(TestPaths.Repository, "docs", "guide", page));

    [GeneratedRegex(@"^```csharp\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
