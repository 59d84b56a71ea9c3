using System.Globalization;
using System.Text.Json;
using BpfSharp.Cli.Output;
using BpfSharp.Diagnostics;
using BpfSharp.Objects;
using BpfSharp.Verifier;
using BpfSharp.Verifier.Profiles;
using Spectre.Console;

namespace BpfSharp.Cli.Commands;

/// <summary>What <c>verify</c> found, for people and as JSON.</summary>
internal sealed class VerifyReport(KernelProfile kernel, VerifierMode mode, IReadOnlyList<VerifyReport.Row> rows)
{
    private const int MaxNeeds = 8;

    /// <summary>One program's verdict.</summary>
    internal sealed record Row(ProgramSpec Program, VerificationResult Result, bool UsedRunningTypes);

    /// <summary>0 all accepted, 1 any rejected, 2 any not judged.</summary>
    public int ExitCode => rows.Any(r => r.Result.Verdict == Verdict.Rejected) ? Cli.ExitCode.Refused
        : rows.Any(r => r.Result.Verdict == Verdict.NotJudged) ? Cli.ExitCode.NotDone
        : Cli.ExitCode.Success;

    public void WriteText(Terminal terminal, bool explain)
    {
        IAnsiConsole console = terminal.Out;
        if (mode != VerifierMode.InProcess && !kernel.IsMeasured)
        {
            console.MarkupLineInterpolated(
                $"[grey]Linux {kernel.Name}: this profile comes from release notes and was not compared with such a kernel[/]");
        }

        foreach ((ProgramSpec program, VerificationResult result, bool usedRunningTypes) in rows)
        {
            string colour = result.Verdict switch { Verdict.Accepted => "green", Verdict.Rejected => "red", _ => "yellow" };
            string cost = string.Create(
                CultureInfo.InvariantCulture,
                $"{result.Statistics.ProcessedInstructions} instructions walked in {result.Statistics.Elapsed.TotalMilliseconds:f1} ms");
            console.MarkupLineInterpolated($"[{colour}]{Word(result.Verdict)}[/] {program.Name}{Target()}{Since(result)}  [grey]{cost}[/]");
            if (usedRunningTypes)
            {
                console.MarkupLine("  [grey]kernel structures are those of the running kernel; --btf names others[/]");
            }

            foreach (Finding finding in result.Findings)
            {
                FindingWriter.Write(console, explain ? finding : finding with { Facts = [] });
            }

            if (explain && (result.IsAccepted || result.FirstRelease > 0))
            {
                WriteNeeds(console, result);
            }
        }

        if (!explain && rows.Any(r => r.Result.Verdict == Verdict.Rejected && r.Result.Findings.Any(f => f.Slot >= 0)))
        {
            console.MarkupLine("[grey]--explain shows what is known at the place and the path that leads there[/]");
        }
    }

    public void WriteJson(Terminal terminal) => terminal.WriteJson(json =>
    {
        json.WriteStartObject();
        json.WriteString("kernel", kernel.Name);
        json.WriteBoolean("measured", kernel.IsMeasured);
        json.WriteStartArray("programs");
        foreach ((ProgramSpec program, VerificationResult result, bool usedRunningTypes) in rows)
        {
            json.WriteStartObject();
            json.WriteString("name", program.Name);
            json.WriteString("verdict", Word(result.Verdict));
            json.WriteNumber("processedInstructions", result.Statistics.ProcessedInstructions);
            json.WriteNumber("peakStates", result.Statistics.PeakStates);
            json.WriteNumber("milliseconds", result.Statistics.Elapsed.TotalMilliseconds);
            if (result.FirstRelease > 0)
            {
                json.WriteString("firstRelease", KernelProfile.FormatRelease(result.FirstRelease));
            }

            if (usedRunningTypes)
            {
                json.WriteBoolean("typesOfRunningKernel", true);
            }

            WriteNeeds(json, result);
            json.WritePropertyName("findings");
            FindingWriter.WriteJson(json, result.Findings);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void WriteNeeds(Utf8JsonWriter json, VerificationResult result)
    {
        json.WriteStartArray("needs");
        foreach (KernelRequirement need in result.Requirements)
        {
            json.WriteStartObject();
            json.WriteString("since", KernelProfile.FormatRelease(need.Since));
            json.WriteString("what", need.What);
            if (need.Slot >= 0)
            {
                json.WriteNumber("slot", need.Slot);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteNeeds(IAnsiConsole console, VerificationResult result)
    {
        foreach (KernelRequirement need in result.Requirements.Take(MaxNeeds))
        {
            console.MarkupLineInterpolated($"  [grey]since {KernelProfile.FormatRelease(need.Since),-4} {need.What}{(need.Slot >= 0 ? $" (instruction {need.Slot})" : "")}[/]");
        }

        if (result.Requirements.Length > MaxNeeds)
        {
            console.MarkupLineInterpolated($"  [grey]and {result.Requirements.Length - MaxNeeds} that are older[/]");
        }
    }

    private string Target() => mode == VerifierMode.InProcess || kernel == KernelProfile.Latest ? "" : $" on Linux {kernel.Name}";

    private static string Since(VerificationResult result)
    {
        if (result.FirstRelease == 0)
        {
            return "";
        }

        string release = KernelProfile.FormatRelease(result.FirstRelease);
        if (!result.IsAccepted)
        {
            return $", accepted since Linux {release}";
        }

        KernelRequirement? latest = result.Requirements.FirstOrDefault(r => r.Since == result.FirstRelease);
        return $", loads since Linux {release}{(latest is null ? "" : $" ({latest.What})")}";
    }

    private static string Word(Verdict verdict) => verdict switch
    {
        Verdict.Accepted => "accepted",
        Verdict.Rejected => "rejected",
        _ => "not judged",
    };
}
