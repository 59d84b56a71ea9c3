using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Linux;
using BpfSharp.Objects;
using BpfSharp.TestSupport;
using BpfSharp.Verifier.KernelLog;

namespace BpfSharp.Verifier.Tests.Cases;

/// <summary>Ten classic mistakes, in C: each is found, on its line, with the next step.</summary>
public partial class ClassicMistakesTest
{
    public static TheoryData<string, string, string, int> Mistakes { get; } = ReadMistakes();

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Our_verifier_points_at_the_line(string file, string program, string id, int line)
    {
        BpfObject obj = BpfObject.Read(Path.Combine(Folder(), file + ".o"));
        ProgramSpec spec = obj.Programs.Single(p => p.Name == program);
        VerificationResult result = ProgramVerifier.Verify(obj, spec);
        Finding finding = result.Findings.First(f => f.Severity == Severity.Error);
        Assert.Equal(id, finding.Id);
        Assert.Equal(line, finding.Source?.Line);
        Assert.False(string.IsNullOrEmpty(finding.Suggestion));
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void The_kernels_log_gives_the_same(string file, string program, string id, int line)
    {
        KernelSupport.RequireBpf();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "not Linux");
        BpfObject obj = BpfObject.Read(Path.Combine(Folder(), file + ".o"));
        foreach (ProgramSpec other in obj.Programs)
        {
            other.AutoLoad = other.Name == program;
        }

        ProgramRejectedException refusal = Assert.Throws<ProgramRejectedException>(() => BpfHost.Kernel.Load(obj));
        Finding finding = Assert.Single(KernelLogParser.Parse(refusal.Log!, obj.Programs.Single(p => p.Name == program)));
        Assert.Equal(id, finding.Id);
        Assert.Equal(line, finding.Source?.Line);
        Assert.False(string.IsNullOrEmpty(finding.Suggestion));
    }

    private static TheoryData<string, string, string, int> ReadMistakes()
    {
        TheoryData<string, string, string, int> rows = [];
        foreach (string path in Directory.GetFiles(Folder(), "*.c").Order(StringComparer.Ordinal))
        {
            int number = 0;
            foreach (string line in File.ReadLines(path))
            {
                number++;
                if (Mark().Match(line) is { Success: true } match)
                {
                    rows.Add(Path.GetFileNameWithoutExtension(path), match.Groups[1].Value, match.Groups[2].Value, number);
                }
            }
        }

        return rows;
    }

    [GeneratedRegex(@"/\* (\w+): (BPF\d+) \*/")]
    private static partial Regex Mark();

    private static string Folder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../data/verifier"));
}
