using System.Text.Json;
using BpfSharp.Diagnostics;
using Spectre.Console;

namespace BpfSharp.Cli.Output;

/// <summary>Shows findings: for people as a short report, for programs as JSON.</summary>
internal static class FindingWriter
{
    /// <summary>Shows a refusal that ends a verb.</summary>
    public static void WriteRefusal(Terminal terminal, BpfException refusal)
    {
        if (terminal.IsJson)
        {
            terminal.WriteJson(json =>
            {
                json.WriteStartObject();
                json.WritePropertyName("error");
                WriteJson(json, refusal.Findings);
                json.WriteEndObject();
            });
            return;
        }

        foreach (Finding finding in refusal.Findings)
        {
            Write(terminal.Error, finding);
        }

        if (refusal is ProgramRejectedException { Log: { Length: > 0 } log })
        {
            terminal.Error.WriteLine();
            terminal.Error.WriteLine(log.TrimEnd());
        }
    }

    /// <summary>Shows a problem that has no finding: a missing file, a wrong argument.</summary>
    public static void WriteProblem(Terminal terminal, string message)
    {
        if (terminal.IsJson)
        {
            terminal.WriteJson(json =>
            {
                json.WriteStartObject();
                json.WriteString("problem", message);
                json.WriteEndObject();
            });
            return;
        }

        terminal.Error.MarkupLineInterpolated($"[red]bpfsharp:[/] {message}");
    }

    /// <summary>Shows one finding: where and what, then facts, then the next step.</summary>
    public static void Write(IAnsiConsole console, Finding finding)
    {
        string colour = finding.Severity switch
        {
            Severity.Error => "red",
            Severity.Warning => "yellow",
            _ => "blue",
        };
        string place = Place(finding);
        console.MarkupLineInterpolated($"[{colour}]{finding.Severity.ToString().ToLowerInvariant()} {finding.Id}[/]{(place.Length > 0 ? $" {place}:" : ":")} {finding.Message}");
        if (finding.Source?.Text is { Length: > 0 } text)
        {
            console.MarkupLineInterpolated($"  [grey]{finding.Source.Line,5} |[/] {text.TrimEnd()}");
        }

        foreach (string fact in finding.Facts)
        {
            console.MarkupLineInterpolated($"  [grey]{fact}[/]");
        }

        if (finding.Suggestion is { } suggestion)
        {
            console.MarkupLineInterpolated($"  [green]next:[/] {suggestion}");
        }
    }

    /// <summary>Writes findings as a JSON array.</summary>
    public static void WriteJson(Utf8JsonWriter json, IEnumerable<Finding> findings)
    {
        json.WriteStartArray();
        foreach (Finding finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("id", finding.Id);
            json.WriteString("severity", finding.Severity.ToString().ToLowerInvariant());
            json.WriteString("message", finding.Message);
            WriteOptional(json, "where", finding.Where);
            WriteOptional(json, "program", finding.Program);
            if (finding.Slot >= 0)
            {
                json.WriteNumber("slot", finding.Slot);
            }

            if (finding.Source is { } source)
            {
                json.WriteStartObject("source");
                json.WriteString("file", source.File);
                json.WriteNumber("line", source.Line);
                json.WriteNumber("column", source.Column);
                WriteOptional(json, "text", source.Text);
                json.WriteEndObject();
            }

            json.WriteStartArray("facts");
            foreach (string fact in finding.Facts)
            {
                json.WriteStringValue(fact);
            }

            json.WriteEndArray();
            WriteOptional(json, "suggestion", finding.Suggestion);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static string Place(Finding finding)
    {
        List<string> parts = [];
        if (finding.Source is { } source)
        {
            parts.Add(source.ToString());
        }
        else if (finding.Where is { } where)
        {
            parts.Add(where);
        }

        if (finding.Program is { } program)
        {
            parts.Add(finding.Slot >= 0 ? $"{program}+{finding.Slot}" : program);
        }
        else if (finding.Slot >= 0)
        {
            parts.Add($"slot {finding.Slot}");
        }

        return string.Join(' ', parts);
    }
}
