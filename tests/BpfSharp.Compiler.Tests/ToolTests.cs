using System.Diagnostics;
using BpfSharp.Compiler.Tests.Harness;
using BpfSharp.TestSupport;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Compiler.Tests;

/// <summary>The objects are ones that libbpf and bpftool take. Needs bpftool; asked for with <c>BPFSHARP_BPFTOOL=1</c> or a path.</summary>
public sealed class ToolTests
{
    private const string Variable = "BPFSHARP_BPFTOOL";

    [Fact]
    public void Bpftool_loads_and_dumps_every_pair() => CheckAll(PairTests.Names.Select(n => (n.Data,
        File.ReadAllText(Path.Combine(TestPaths.Repository, "tests", "data", "pairs", n.Data + ".cs")))));

    [Fact]
    public void Bpftool_loads_and_dumps_the_users_programs() =>
        CheckAll(UserProgramTests.Compared.Select(r => (r.Data.Item1, r.Data.Item2)));

    private static void CheckAll(IEnumerable<(string Name, string Source)> programs)
    {
        string? tool = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(string.IsNullOrEmpty(tool), $"{Variable} is not set: bpftool is not asked");
        KernelSupport.RequireBpf();
        Assert.All(programs, p => Check(tool == "1" ? "bpftool" : tool!, p.Source));
    }

    private static void Check(string tool, string source)
    {
        string folder = Directory.CreateTempSubdirectory("bpftool").FullName;
        string pin = "/sys/fs/bpf/bpfsharp-" + Path.GetFileName(folder);
        try
        {
            string file = Path.Combine(folder, "made.o");
            File.WriteAllBytes(file, SourceAssembly.Build(source, OptimizationLevel.Release).Demand().ToElf());
            Run(tool, "prog", "loadall", file, pin);
            Assert.Contains("FUNC", Run(tool, "btf", "dump", "file", file), StringComparison.Ordinal);
            string skeleton = Run(tool, "gen", "skeleton", file, "name", "made");
            Assert.Contains("struct made", skeleton, StringComparison.Ordinal);
        }
        finally
        {
            if (Directory.Exists(pin))
            {
                foreach (string program in Directory.GetFiles(pin))
                {
                    File.Delete(program);
                }

                Directory.Delete(pin);
            }

            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Run(string tool, params string[] arguments)
    {
        ProcessStartInfo start = new(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{tool} {string.Join(' ', arguments)}: {process.ExitCode}\n{errors.Result}\n{output}");
        return output;
    }
}
