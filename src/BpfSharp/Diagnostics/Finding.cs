using System.Collections.Immutable;
using System.Text;

namespace BpfSharp.Diagnostics;

/// <summary>One thing found wrong (or worth knowing): what every reader, analysis and host reports.</summary>
/// <remarks>
/// Ids are stable: BPF1xxx files and objects, BPF2xxx verifier, BPF3xxx language and compiler, BPF4xxx use of the
/// library, BPF5xxx kernel. Each has a heading in <c>docs/errors.md</c>.
/// </remarks>
public sealed record Finding
{
    /// <summary>Stable id, for example <c>BPF2101</c>.</summary>
    public required string Id { get; init; }

    /// <summary>How bad it is.</summary>
    public Severity Severity { get; init; } = Severity.Error;

    /// <summary>What was found and what is allowed, one sentence, no trailing period.</summary>
    public required string Message { get; init; }

    /// <summary>Where in a file or object: section, symbol, byte offset; <see langword="null"/> if not from a file.</summary>
    public string? Where { get; init; }

    /// <summary>The program concerned, if any.</summary>
    public string? Program { get; init; }

    /// <summary>Slot of the instruction concerned; -1 if none.</summary>
    public int Slot { get; init; } = -1;

    /// <summary>Source line concerned, when line info exists.</summary>
    public SourceLocation? Source { get; init; }

    /// <summary>What is known, a fact per line (value ranges and where each bound came from, the path taken).</summary>
    public ImmutableArray<string> Facts { get; init; } = [];

    /// <summary>The next step: what would be enough.</summary>
    public string? Suggestion { get; init; }

    /// <summary>The finding in one line: where, message, id.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        if (Source is not null)
        {
            text.Append(Source).Append(": ");
        }
        else if (Where is not null)
        {
            text.Append(Where).Append(": ");
        }

        if (Program is not null)
        {
            text.Append(Program).Append(Slot >= 0 ? $"+{Slot}: " : ": ");
        }
        else if (Slot >= 0)
        {
            text.Append(Slot).Append(": ");
        }

        text.Append(Message).Append(" (").Append(Id).Append(')');
        return Suggestion is null ? text.ToString() : text.Append("; ").Append(Suggestion).ToString();
    }
}
