using System.CommandLine;
using System.Globalization;
using BpfSharp.Cli.Output;
using BpfSharp.Diagnostics;
using BpfSharp.Objects;
using BpfSharp.Verifier;
using Spectre.Console;

namespace BpfSharp.Cli.Commands;

/// <summary><c>bpfsharp verify</c>: the kernel's verdict on a program, on any OS and explained.</summary>
internal static class VerifyCommand
{
    public static Command Create(Func<ParseResult, Terminal> open)
    {
        Argument<FileInfo> file = CommonOptions.Object();
        Option<string?> program = CommonOptions.Program();
        Option<bool> explain = new("--explain") { Description = "Show what is known at the place, the path that leads there, and statistics." };
        Option<string> mode = new("--mode")
        {
            Description = "Whose rules: kernel (a root load), unprivileged-strict (CAP_BPF without CAP_PERFMON), in-process.",
            DefaultValueFactory = _ => "kernel",
        };
        mode.AcceptOnlyFromAmong("kernel", "unprivileged-strict", "in-process");
        Command command = new(
            "verify",
            "Judge programs as the kernel's verifier does, without a kernel. Exit code: 0 all accepted, 1 any rejected, 2 any not judged.")
        {
            file, program, mode, explain,
        };
        command.SetAction(parsed =>
        {
            Terminal terminal = open(parsed);
            BpfObject source = ObjectFile.Open(parsed.GetRequiredValue(file));
            string? name = parsed.GetValue(program);
            IEnumerable<ProgramSpec> programs = name is null ? source.Programs.Where(p => p.AutoLoad) : [ObjectFile.Choose(source, name)];
            VerifierOptions options = new()
            {
                Mode = parsed.GetValue(mode) switch
                {
                    "unprivileged-strict" => VerifierMode.UnprivilegedStrict,
                    "in-process" => VerifierMode.InProcess,
                    _ => VerifierMode.Kernel,
                },
            };
            List<(ProgramSpec Program, VerificationResult Result)> results =
                [.. programs.Select(p => (p, ProgramVerifier.Verify(source, p, options)))];
            if (terminal.IsJson)
            {
                WriteJson(terminal, results);
            }
            else
            {
                WriteText(terminal, results, parsed.GetValue(explain));
            }

            return results.Any(r => r.Result.Verdict == Verdict.Rejected) ? ExitCode.Refused
                : results.Any(r => r.Result.Verdict == Verdict.NotJudged) ? ExitCode.NotDone
                : ExitCode.Success;
        });
        return command;
    }

    private static void WriteText(Terminal terminal, List<(ProgramSpec Program, VerificationResult Result)> results, bool explain)
    {
        foreach ((ProgramSpec program, VerificationResult result) in results)
        {
            string colour = result.Verdict switch { Verdict.Accepted => "green", Verdict.Rejected => "red", _ => "yellow" };
            string cost = string.Create(
                CultureInfo.InvariantCulture,
                $"{result.Statistics.ProcessedInstructions} instructions walked in {result.Statistics.Elapsed.TotalMilliseconds:f1} ms");
            terminal.Out.MarkupLineInterpolated($"[{colour}]{Word(result.Verdict)}[/] {program.Name}  [grey]{cost}[/]");
            foreach (Finding finding in result.Findings)
            {
                FindingWriter.Write(terminal.Out, explain ? finding : finding with { Facts = [] });
            }
        }
    }

    private static void WriteJson(Terminal terminal, List<(ProgramSpec Program, VerificationResult Result)> results) => terminal.WriteJson(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("programs");
        foreach ((ProgramSpec program, VerificationResult result) in results)
        {
            json.WriteStartObject();
            json.WriteString("name", program.Name);
            json.WriteString("verdict", Word(result.Verdict));
            json.WriteNumber("processedInstructions", result.Statistics.ProcessedInstructions);
            json.WriteNumber("peakStates", result.Statistics.PeakStates);
            json.WriteNumber("milliseconds", result.Statistics.Elapsed.TotalMilliseconds);
            json.WritePropertyName("findings");
            FindingWriter.WriteJson(json, result.Findings);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static string Word(Verdict verdict) => verdict switch
    {
        Verdict.Accepted => "accepted",
        Verdict.Rejected => "rejected",
        _ => "not judged",
    };
}
