using BpfSharp.Btf;
using BpfSharp.TestSupport;
using BpfSharp.Verifier.Profiles;
using BpfSharp.Verifier.Tests.Cases;

namespace BpfSharp.Verifier.Tests.Profiles;

/// <summary>The profiles' verdicts against what stock kernels under QEMU answered (recorded by eng/guests/judge-cases.sh).</summary>
public class GuestAgreementTest
{
    private static readonly BtfFile? s_types =
        File.Exists("/sys/kernel/btf/vmlinux") ? BtfFile.ReadFile("/sys/kernel/btf/vmlinux") : null;

    /// <summary>Differences that are meant, by name; anything else is a defect.</summary>
    private static readonly Dictionary<string, string> s_explained = new()
    {
        ["a kprobe session returns 1"] = "old kernels ignore an attach type they do not know; the program could not be attached",
        ["a kprobe session returns 2"] = "old kernels ignore an attach type they do not know; the program could not be attached",
        ["fmod_ret returns anything"] = "these guests were built without error injection, which no release tells",
        ["fmod_ret reads the result so far"] = "these guests were built without error injection, which no release tells",
        ["a timer written directly"] = "a kernel without timers takes the field for plain bytes; the program would not work",
        ["beside a timer"] = "a kernel without timers takes the field for plain bytes; the program would not work",
        ["a sleepable security hook"] = "which hooks may sleep is not in the profile",
        ["a jump into the middle of a wide load"] = "5.10 takes it",
        ["a slot written in part"] = "5.10 takes it",
        ["a map as memory, too far"] = "the types asked are the running kernel's, whose structure is smaller",
    };

    public static TheoryData<string> Guests { get; } = ["5.10", "6.1", "6.12"];

    [Theory]
    [MemberData(nameof(Guests))]
    public void A_profile_agrees_with_its_kernel(string release)
    {
        Assert.True(KernelProfile.TryParse(release, out KernelProfile profile));
        Assert.True(profile.IsMeasured);
        VerifierOptions options = new() { Kernel = profile, KernelTypes = s_types };
        Dictionary<string, bool> answers = Read(release);
        List<string> different = [];
        int judged = 0, agreed = 0;
        foreach (VerifierCase row in VerifierCase.ReadAll().Where(c => !c.IsStrict && (!c.NeedsKernelTypes || s_types is not null)))
        {
            if (!answers.TryGetValue(row.Name, out bool theirs))
            {
                continue;
            }

            judged++;
            VerificationResult result = ProgramVerifier.Verify(row.Object, row.Spec, options);
            if (result.IsAccepted == theirs)
            {
                agreed++;
            }
            else if (!s_explained.ContainsKey(row.Name))
            {
                different.Add($"{row}: the kernel {(theirs ? "accepts" : "refuses")}; ours: {result.Verdict} {result.Findings.FirstOrDefault()}\n{row.Text}");
            }
        }

        Assert.True(judged >= 400, $"{judged} cases");
        Assert.True(agreed >= judged * 0.95, $"{agreed} of {judged} agree");
        Assert.True(different.Count == 0, $"{agreed} of {judged} agree; unexplained:\n{string.Join('\n', different)}");
    }

    private static Dictionary<string, bool> Read(string release) =>
        File.ReadLines(Path.Combine(TestPaths.Repository, "tests", "data", "verifier", "guests", release + ".txt"))
            .Where(line => !line.StartsWith('#'))
            .Select(line => line.Split(" | ", 2))
            .ToDictionary(parts => parts[1], parts => parts[0] == "accept", StringComparer.Ordinal);
}
