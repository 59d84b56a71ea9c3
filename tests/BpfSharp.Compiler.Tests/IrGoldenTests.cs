using System.Text;
using BpfSharp.Compiler.Tests.Harness;
using BpfSharp.TestSupport;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Compiler.Tests;

/// <summary>The IR before and after each pass, as text in tests/data/ir; <c>BPFSHARP_GOLDEN=1</c> writes it anew.</summary>
public sealed class IrGoldenTests
{
    [Theory]
    [InlineData("ether_type", OptimizationLevel.Release)]
    [InlineData("ether_type", OptimizationLevel.Debug)]
    [InlineData("max3", OptimizationLevel.Release)]
    [InlineData("max3", OptimizationLevel.Debug)]
    [InlineData("count_array", OptimizationLevel.Release)]
    [InlineData("count_array", OptimizationLevel.Debug)]
    [InlineData("xor_payload", OptimizationLevel.Release)]
    [InlineData("fnv", OptimizationLevel.Release)]
    [InlineData("stack_array", OptimizationLevel.Release)]
    public void Each_pass_does_what_it_did(string name, OptimizationLevel level)
    {
        string source = File.ReadAllText(Path.Combine(TestPaths.Repository, "tests", "data", "pairs", name + ".cs"));
        StringBuilder text = new();
        CompilationResult result = SourceAssembly.Build(source, level).Compile(
            dump: (function, pass, ir) => text.Append("== ").Append(pass.Length == 0 ? "translated" : pass).Append('\n').Append(ir));
        Assert.NotNull(result.Object);
        string file = Path.Combine(TestPaths.Repository, "tests", "data", "ir", $"{name}.{level}.txt");
        if (Environment.GetEnvironmentVariable("BPFSHARP_GOLDEN") is not null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text.ToString());
        }

        Assert.Equal(File.ReadAllText(file), text.ToString());
    }
}
