using BpfSharp.Compiler.Tests.Harness;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Compiler.Tests;

public sealed class ShowTool
{
    [Fact]
    public void Show()
    {
        string? file = Environment.GetEnvironmentVariable("BPFSHARP_SHOW");
        if (file is null)
        {
            return;
        }

        foreach (string f in file.Split(','))
        {
            SourceAssembly assembly = SourceAssembly.Build(File.ReadAllText(f), Environment.GetEnvironmentVariable("BPFSHARP_DEBUG") is null ? OptimizationLevel.Release : OptimizationLevel.Debug);
            string text = "";
            CompilationResult r = assembly.Compile(cpuLevel: 4, dump: (fn, pass, t) => text += Environment.GetEnvironmentVariable("BPFSHARP_PASS") is { } p && (p == "all" || p == pass) ? $"== {fn} {pass}\n{t}" : "");
            Console.WriteLine(f + "\n" + text + (r.Object is null ? string.Join("\n", r.Findings) : ThreeWays.Describe(r.Object)));
        }
    }
}
