using BpfSharp.TestSupport;

namespace BpfSharp.Verifier.Tests.Cases;

/// <summary>The cases' expectations are the kernel's own answers, where a kernel can be asked.</summary>
public class KernelAgreementTest
{
    [Fact]
    public void There_are_enough_cases_half_of_them_rejections()
    {
        VerifierCase[] cases = [.. VerifierCase.ReadAll()];
        Assert.True(cases.Length >= 400, $"{cases.Length} cases");
        Assert.InRange(cases.Count(c => !c.Accepted) / (double)cases.Length, 0.45, 0.65);
        Assert.Empty(cases.GroupBy(c => c.Name).Where(g => g.Count() > 1).Select(g => g.Key));
        Assert.All(cases, c => Assert.Equal(c.Accepted, c.Id is null));
    }

    [Fact]
    public void The_kernel_agrees_with_every_case()
    {
        KernelSupport.RequireBpf();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "not Linux");
        List<string> wrong = [];
        int blocked = 0;
        foreach (VerifierCase row in VerifierCase.ReadAll())
        {
            // A refusal before the verifier looked (a feature this kernel lacks) says nothing.
            LiveVerdict answer = LiveVerdict.Ask(row.Object, row.IsStrict);
            bool accepted = answer.Verdict == "accept";
            string? id = answer.Verdict == "environment" ? "BPF5000" : answer.Finding?.Id;
            if (id == "BPF5000" && row.File == "tracing.cases")
            {
                // Some kernels let nobody attach to functions and security hooks: GuestAgreementTest has the answers of others.
                continue;
            }

            if (id == "BPF5000")
            {
                blocked++;
            }
            else if (accepted != row.Accepted || id != row.Id)
            {
                wrong.Add($"{row}: expected {(row.Accepted ? "accept" : row.Id)}, the kernel: {(accepted ? "accept" : id)}\n{row.Text}\n{Tail(answer.Log)}\n");
            }
        }

        Assert.True(blocked <= 5, $"{blocked} cases were not judged");
        Assert.True(wrong.Count == 0, $"{wrong.Count} disagree ({blocked} not judged):\n{string.Join('\n', wrong)}");
    }

    private static string Tail(string log) => string.Join('\n', log.Split('\n').TakeLast(12));
}
