using System.Globalization;
using BpfSharp.Diagnostics;
using BpfSharp.Isa;
using BpfSharp.Objects;
using BpfSharp.Verifier;
using BpfSharp.Verifier.KernelLog;
using BpfSharp.Verifier.Profiles;
using BpfSharp.Verifier.Tests.Cases;

namespace BpfSharp.Judge;

/// <summary>The project's own cases for a guest's kernel: written for it, and its verdicts compared with ours for its profile.</summary>
internal static class CaseComparison
{
    // Minutes, under emulation.
    private static IEnumerable<(int Number, VerifierCase Case)> Cases() =>
        VerifierCase.ReadAll().Select((row, number) => (number, row)).Where(pair => pair.row.Id != "BPF2402" && !pair.row.IsStrict);

    /// <summary>Asks the running kernel about each row of a file of cases, and prints the rows with its verdicts; ours where it differs.</summary>
    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    public static void Ask(string path, BpfSharp.Btf.BtfFile? types, int cpus, bool showLogs)
    {
        foreach (VerifierCase row in VerifierCase.ReadFile(path))
        {
            LiveVerdict kernel = LiveVerdict.Ask(row.Object, row.IsStrict);
            VerifierOptions options = new() { KernelTypes = types, PossibleCpus = cpus, Mode = row.Mode };
            VerificationResult result = ProgramVerifier.Verify(row.Object, row.Spec, options);
            string theirs = kernel.Verdict == "reject" ? $"reject {kernel.Finding?.Id}" : kernel.Verdict;
            Finding? finding = result.Findings.FirstOrDefault(f => f.Severity == Severity.Error) ?? result.Findings.FirstOrDefault();
            string ours = result.IsAccepted ? "accept" : result.Verdict == Verdict.Rejected ? $"reject {finding?.Id}" : "not judged";
            Console.WriteLine($"{theirs} | {row.Row}");
            if (theirs != ours || showLogs)
            {
                string loud = kernel.Verdict == "accept" == result.IsAccepted ? "class" : result.IsAccepted ? "FALSE ACCEPT" : "FALSE REJECT";
                Console.WriteLine($"# {loud}: ours {ours} {finding?.Slot}: {finding?.Message}; {finding?.Suggestion}");
                Console.WriteLine($"#   kernel: {kernel.Finding?.Slot}: {kernel.Finding?.Message} {(kernel.Finding is null ? kernel.Log : "")}");
            }
        }
    }

    public static void Dump(string path)
    {
        using StreamWriter writer = new(path) { NewLine = "\n" };
        foreach ((int number, VerifierCase row) in Cases())
        {
            ProgramSpec spec = row.Spec;
            writer.WriteLine($"case {number} {(int)spec.Type} {(int)(spec.AttachType ?? 0)} {(uint)spec.Flags} "
                + $"{(row.Object.License.Length == 0 ? "-" : row.Object.License)} {spec.Instructions.Length} {spec.AttachTarget ?? "-"}");
            if (row.Object.Btf is { } types)
            {
                writer.WriteLine("btf " + Convert.ToHexStringLower(types.Data.Span));
            }

            foreach (MapSpec map in row.Object.Maps)
            {
                writer.WriteLine($"map {(int)map.Type} {map.KeySize} {map.ValueSize} {map.MaxEntries} {(uint)map.Flags} "
                    + $"{(map.Role == MapRole.ReadOnlyData ? 1 : 0)} {(map.InnerMap is null ? 0 : 1)} {map.KeyTypeId} {map.ValueTypeId}");
            }

            foreach (ExternSpec symbol in row.Object.Externs)
            {
                writer.WriteLine("extern " + symbol.Name);
            }

            foreach (Subprogram function in spec.Subprograms.Where(f => f.BtfTypeId > 0))
            {
                writer.WriteLine($"func {function.StartSlot} {function.BtfTypeId}");
            }

            writer.WriteLine("code " + string.Join(' ', spec.Instructions.Select(Hex)));
        }
    }

    public static void Compare(string path, string release, BpfSharp.Btf.BtfFile? types)
    {
        if (!KernelProfile.TryParse(release, out KernelProfile profile))
        {
            throw new ArgumentException($"not a release: {release}");
        }

        VerifierOptions options = new() { Kernel = profile, KernelTypes = types };
        Dictionary<int, (string Verdict, string Log)> answers = Read(path);
        int accepts = 0, accepted = 0, rejects = 0, rejected = 0, unjudged = 0;
        foreach ((int number, VerifierCase row) in Cases())
        {
            if (!answers.TryGetValue(number, out (string Verdict, string Log) answer) || answer.Verdict is "nothing")
            {
                unjudged++;
                continue;
            }

            VerificationResult result = ProgramVerifier.Verify(row.Object, row.Spec, options);
            bool ours = result.IsAccepted;
            bool theirs = answer.Verdict == "accept";
            accepts += theirs ? 1 : 0;
            accepted += theirs && ours ? 1 : 0;
            rejects += theirs ? 0 : 1;
            rejected += theirs || ours ? 0 : 1;
            if (ours != theirs)
            {
                Finding? why = KernelLogParser.Parse(answer.Log, row.Spec).FirstOrDefault();
                Console.WriteLine($"{row}: {profile.Name} {answer.Verdict} {why?.Id} {why?.Message}; "
                    + $"ours {(ours ? "accept" : "reject")} {result.Findings.FirstOrDefault()?.Message}");
            }
        }

        Console.WriteLine($"{profile.Name}: accepts {accepted} of {accepts}, rejects {rejected} of {rejects}, not judged {unjudged}, "
            + $"agreement {100.0 * (accepted + rejected) / Math.Max(1, accepts + rejects):f1} %");
    }

    /// <summary>Writes a guest's answers as the recording tests read: verdict, the finding its log parses to, name.</summary>
    public static void Record(string path, string output)
    {
        using StreamWriter writer = new(output) { NewLine = "\n" };
        string[] lines = File.ReadAllLines(path);
        writer.WriteLine("# What a stock Debian kernel answered to the cases: eng/guests/judge-cases.sh");
        writer.WriteLine("# " + lines.First(l => l.StartsWith("kernel ", StringComparison.Ordinal)).TrimEnd('\r'));
        Dictionary<int, (string Verdict, string Log)> answers = Read(path);
        foreach ((int number, VerifierCase row) in Cases())
        {
            if (answers.TryGetValue(number, out (string Verdict, string Log) answer) && answer.Verdict != "nothing")
            {
                string id = answer.Verdict == "accept" ? "" : KernelLogParser.Parse(answer.Log, row.Spec).FirstOrDefault()?.Id ?? "-";
                writer.WriteLine($"{(answer.Verdict == "accept" ? "accept" : "reject " + id)} | {row.Name}");
            }
        }
    }

    private static Dictionary<int, (string Verdict, string Log)> Read(string path)
    {
        Dictionary<int, (string, string)> answers = [];
        int number = -1;
        foreach (string raw in File.ReadLines(path))
        {
            string line = raw.TrimEnd('\r');
            if (line.StartsWith("verdict ", StringComparison.Ordinal))
            {
                string[] words = line.Split(' ');
                number = int.Parse(words[1], CultureInfo.InvariantCulture);

                // A map it cannot make is a refusal; a target that this build lacks is no answer.
                string verdict = words[2] != "missing" ? words[2] : words.Contains("target") ? "nothing" : "refused";
                answers[number] = (verdict, "");
            }
            else if (line.StartsWith("| ", StringComparison.Ordinal) && number >= 0)
            {
                answers[number] = (answers[number].Item1, answers[number].Item2 + line[2..] + "\n");
            }
        }

        return answers;
    }

    private static string Hex(Instruction slot)
    {
        Span<byte> bytes = stackalloc byte[Instruction.SizeInBytes];
        slot.Write(bytes);
        return BitConverter.ToUInt64(bytes).ToString("x", CultureInfo.InvariantCulture);
    }
}
