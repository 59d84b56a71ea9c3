using BpfSharp.Hosting;
using BpfSharp.Compiler.Tests.Harness;
using BpfSharp.Diagnostics;
using BpfSharp.Linux;
using BpfSharp.TestSupport;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Compiler.Tests;

/// <summary>What the kernel's verifier says about a broken program names lines of C#.</summary>
public sealed class LogTests
{
    [Theory]
    [InlineData("ref ulong n = ref M.Find(1, out _);\n        n++; // here\n        return 1;")]
    [InlineData("var p = ctx.Packet;\n        ref ulong head = ref p.Take<ulong>(out _);\n        return (uint)head; // here")]
    public void The_kernels_log_prints_csharp_lines(string body)
    {
        KernelSupport.RequireBpf();
        string source = $$"""
            [BpfObject] static class P
            {
                static readonly HashMap<uint, ulong> M = new(4);
                [Xdp] public static uint Main(XdpContext ctx)
                {
                    {{body}}
                }
            }
            """;
        int line = Array.FindIndex(source.Split('\n'), l => l.Contains("// here", StringComparison.Ordinal)) + 1;
        foreach (OptimizationLevel level in (OptimizationLevel[])[OptimizationLevel.Release, OptimizationLevel.Debug])
        {
            ProgramRejectedException refusal = Assert.Throws<ProgramRejectedException>(
                () => BpfHost.Kernel.Load(SourceAssembly.Build(source, level).Demand()).Dispose());
            Assert.Contains($"@ program.cs:{line}", refusal.Log, StringComparison.Ordinal);
            Assert.Equal(line, Assert.Single(refusal.Findings).Source?.Line);
        }
    }
}
