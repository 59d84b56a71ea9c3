using BpfSharp.Btf;
using BpfSharp.Compiler.Tests.Harness;
using BpfSharp.CoRe;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Linux;
using BpfSharp.Objects;
using BpfSharp.TestSupport;
using BpfSharp.Verifier;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Compiler.Tests;

/// <summary>Programs as users write them, from tests/data/csharp: Debug and Release, cpu levels 3 and 4, both verifiers, all three ways to run.</summary>
public sealed class UserProgramTests
{
    private static readonly Lazy<BtfFile?> s_kernelTypes = new(() =>
        File.Exists("/sys/kernel/btf/vmlinux") ? BtfFile.Read(File.ReadAllBytes("/sys/kernel/btf/vmlinux")) : null);

    public static IEnumerable<TheoryDataRow<string, string>> Compared => Programs("compared*.cs");

    public static IEnumerable<TheoryDataRow<string, string>> Loaded => Programs("loaded*.cs");

    private static IEnumerable<TheoryDataRow<string, string>> Programs(string files) =>
        Directory.EnumerateFiles(Path.Combine(TestPaths.Repository, "tests", "data", "csharp"), files).Order(StringComparer.Ordinal)
            .SelectMany(f => File.ReadAllText(f).Split("\n//// ")[1..])
            .Select(part => part.Split('\n', 2)).Select(p => new TheoryDataRow<string, string>(p[0], p[1]) { TestDisplayName = p[0] });

    [Theory]
    [MemberData(nameof(Compared))]
    public void Means_the_same_everywhere(string name, string source)
    {
        Assert.NotEmpty(name);
        Accepted(source);
        ThreeWays.Check(source, PairTests.Packets());
    }

    [Theory]
    [MemberData(nameof(Loaded))]
    public void Is_accepted(string name, string source)
    {
        Assert.NotEmpty(name);
        Accepted(source);
    }

    private static void Accepted(string source)
    {
        foreach (OptimizationLevel level in (OptimizationLevel[])[OptimizationLevel.Release, OptimizationLevel.Debug])
        {
            SourceAssembly assembly = SourceAssembly.Build(source, level);
            foreach (int cpu in (int[])[3, 4])
            {
                BpfObject made = BpfObject.Read(assembly.Demand(cpuLevel: cpu).ToElf());
                string what = $"{level}, cpu {cpu}";
                foreach (ProgramSpec program in made.Programs)
                {
                    Judge(made, program, what, source);
                }

                Load(made, what, source);
            }
        }
    }

    private static void Judge(BpfObject made, ProgramSpec program, string what, string source)
    {
        if (s_kernelTypes.Value is { } types)
        {
            ProgramSpec relocated = program.CoreRelocations.Length > 0 ? CoreRelocator.Apply(made, program, types) : program;
            VerificationResult result = ProgramVerifier.Verify(made, relocated, new VerifierOptions { KernelTypes = types });
            Assert.True(result.IsAccepted, $"{what}, {program.Name}: {string.Join('\n', result.Findings)}\n{ThreeWays.Describe(made)}\n{source}");
        }

        VerificationResult alone = ProgramVerifier.Verify(made, program);
        Assert.True(alone.Verdict != Verdict.Rejected,
            $"{what}, {program.Name}, without types: {string.Join('\n', alone.Findings)}\n{ThreeWays.Describe(made)}\n{source}");
    }

    private static void Load(BpfObject made, string what, string source)
    {
        if (!KernelSupport.CanBpf)
        {
            return;
        }

        try
        {
            using LoadedObject loaded = BpfHost.Kernel.Load(made);
            Assert.NotEmpty(loaded.Programs);
        }
        catch (BpfException e) when (e is not ProgramRejectedException && e.Message.Contains("forbids the type", StringComparison.Ordinal))
        {
            // This kernel has no such programs; the verdict above is all there is.
        }
        catch (BpfException e)
        {
            Assert.Fail($"{what}: {e.Message}\n{(e as ProgramRejectedException)?.Log}\n{ThreeWays.Describe(made)}\n{source}");
        }
    }
}
