using BpfSharp.Btf;
using BpfSharp.Diagnostics;

namespace BpfSharp.Verifier.Tests.Cases;

/// <summary>Our verifier's verdict and finding on each case.</summary>
public class CasesTest
{
    private static readonly VerifierOptions s_options = new()
    {
        KernelTypes = File.Exists("/sys/kernel/btf/vmlinux") ? BtfFile.ReadFile("/sys/kernel/btf/vmlinux") : null,
    };

    public static TheoryData<string> Files { get; } =
        [.. Directory.GetFiles(VerifierCase.Folder(), "*.cases").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Our_verdict_is_the_expected_one(string file)
    {
        List<string> wrong = [];
        foreach (VerifierCase row in VerifierCase.ReadAll().Where(c => c.File == file && (c.NeedsKernelTypes is false || s_options.KernelTypes is not null)))
        {
            VerificationResult result = ProgramVerifier.Verify(row.Object, row.Spec, s_options with { Mode = row.Mode });
            Finding? finding = result.Findings.FirstOrDefault(f => f.Severity == Severity.Error);
            if (result.IsAccepted != row.Accepted || finding?.Id != row.Id)
            {
                wrong.Add($"{row}: expected {(row.Accepted ? "accept" : row.Id)}, found {result.Verdict} {finding}\n{row.Text}\n");
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} wrong:\n{string.Join('\n', wrong)}");
    }

    [Fact]
    public void Every_refusal_says_what_to_do()
    {
        string[] silent =
        [
            .. VerifierCase.ReadAll().Where(c => !c.Accepted && (!c.NeedsKernelTypes || s_options.KernelTypes is not null))
                .Where(c => ProgramVerifier.Verify(c.Object, c.Spec, s_options with { Mode = c.Mode }).Findings.All(f => string.IsNullOrEmpty(f.Suggestion)))
                .Select(c => c.ToString()),
        ];
        Assert.Empty(silent);
    }
}
