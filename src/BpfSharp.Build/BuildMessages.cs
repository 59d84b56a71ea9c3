using BpfSharp.Diagnostics;

namespace BpfSharp.Build;

/// <summary>Writes findings as MSBuild reads them: <c>file(line,column): error BPF3101: message</c>.</summary>
internal static class BuildMessages
{
    /// <summary>One line of a finding.</summary>
    /// <param name="finding">The finding.</param>
    /// <param name="fallback">Where to point if the finding has no source line.</param>
    public static string Format(Finding finding, string fallback)
    {
        SourceLocation? source = finding.Source;
        string place = source is null || source.Line == 0
            ? fallback
            : $"{source.File}({source.Line},{Math.Max(source.Column, 1)})";
        string severity = finding.Severity switch
        {
            Severity.Error => "error",
            Severity.Warning => "warning",
            Severity.Info => "message",
            _ => "error",
        };
        string program = finding.Program is null ? "" : $"{finding.Program}: ";
        string advice = finding.Suggestion is null ? "" : $"; {finding.Suggestion}";
        string facts = finding.Facts.IsDefaultOrEmpty ? "" : $" [{string.Join("; ", finding.Facts.Take(4))}]";
        return OneLine($"{place}: {severity} {finding.Id}: {program}{finding.Message}{advice}{Short(facts, source)}");
    }

    // The file is named once, in front: facts about the same file name lines of it.
    private static string Short(string facts, SourceLocation? source) =>
        source is null ? facts : facts.Replace($"({source.File}:", "(line ", StringComparison.Ordinal);

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
