using System.Collections.Immutable;
using System.Globalization;
using BpfSharp.Diagnostics;
using BpfSharp.Objects;
using BpfSharp.Verifier.Findings;

namespace BpfSharp.Verifier.KernelLog;

/// <summary>Reads the log of the kernel's verifier into findings: the same ids and source lines this library's verifier gives.</summary>
public static class KernelLogParser
{
    private const int LinesLookedAt = 8;

    /// <summary>The findings of a log: one for a refusal, none if nothing was refused.</summary>
    /// <param name="log">The log, whole or its end.</param>
    /// <param name="program">The program that was loaded, for source lines; <see langword="null"/> if unknown.</param>
    /// <returns>At most one finding; its message is the kernel's own, its facts the lines around it.</returns>
    public static ImmutableArray<Finding> Parse(string log, ProgramSpec? program = null)
    {
        ArgumentNullException.ThrowIfNull(log);
        string[] lines = SplitLines(log);
        List<int> messages = [];
        for (int i = 0; i < lines.Length; i++)
        {
            if (IsMessage(lines[i]))
            {
                messages.Add(i);
            }
        }

        // Said in passing of a main function that returns nothing; only a refusal if the log ends there.
        messages.RemoveAll(i => lines[i].StartsWith("Global function ", StringComparison.Ordinal)
            && (i != messages[^1] || lines.AsSpan(i + 1).IndexOfAnyExcept("") is var next && next >= 0
                && !lines[i + 1 + next].StartsWith("processed ", StringComparison.Ordinal)));

        if (messages.Count == 0)
        {
            return [];
        }

        (int at, KernelLogRule? rule) = Classify(lines, messages);
        (int slot, int slotLine) = FindSlot(lines, at);
        return
        [
            new Finding
            {
                Id = rule?.Id ?? FindingIds.NotModelled,
                Message = lines[at].Trim(),
                Program = program?.Name,
                Slot = slot,
                Source = FindSource(lines, at, slot, program),
                Facts = Facts(lines, messages, at, slotLine),
                Suggestion = rule?.Suggestion ?? "read the kernel's log: its last lines say what was found",
            },
        ];
    }

    // The last message with a meaning known to the rules; a general one is made precise by the line before it.
    private static (int Line, KernelLogRule? Rule) Classify(string[] lines, List<int> messages)
    {
        for (int back = 1; back <= Math.Min(LinesLookedAt, messages.Count); back++)
        {
            int at = messages[^back];
            if (Find(lines[at]) is not { } rule)
            {
                continue;
            }

            return (at, Refine(rule, lines, messages, messages.Count - back));
        }

        return (messages[^1], null);
    }

    // A general message is made precise by the message before it, by the instruction, or by what the register holds.
    private static KernelLogRule Refine(KernelLogRule rule, string[] lines, List<int> messages, int index)
    {
        int at = messages[index];
        KernelLogRule? before = index > 0 && messages[index - 1] == at - 1 ? Find(lines[at - 1]) : null;
        switch (rule.Id)
        {
            case FindingIds.MemoryBounds:
                return before is { Id: FindingIds.MapBounds or FindingIds.PacketBounds } precise ? precise
                    : PointerKind(lines, at) is { } id ? rule with { Id = id }
                    : rule;
            case FindingIds.Argument when lines[at].StartsWith("Caller passes invalid args", StringComparison.Ordinal):
                return before is { } cause ? rule with { Id = cause.Id } : rule;
            case FindingIds.BtfAccess:
                // The same words for a load and for an argument.
                (_, int line) = FindSlot(lines, at);
                return line >= 0 && lines[line].Contains("(85) call", StringComparison.Ordinal) ? rule with { Id = FindingIds.Argument } : rule;
            default:
                return rule;
        }
    }

    // "R6 unbounded memory access": what R6 is stands in the states printed before.
    private static string? PointerKind(string[] lines, int at)
    {
        string register = lines[at].Split(' ')[0];
        if (register.Length is < 2 or > 3 || register[0] != 'R')
        {
            return null;
        }

        for (int i = at - 1; i >= 0; i--)
        {
            int found = Math.Max(
                lines[i].LastIndexOf($"{register}=", StringComparison.Ordinal),
                lines[i].LastIndexOf($"{register}_w=", StringComparison.Ordinal));
            if (found >= 0)
            {
                ReadOnlySpan<char> kind = lines[i].AsSpan(lines[i].IndexOf('=', found) + 1);
                return kind.StartsWith("pkt") ? FindingIds.PacketBounds
                    : kind.StartsWith("fp") ? FindingIds.StackBounds
                    : null;
            }
        }

        return null;
    }

    private static KernelLogRule? Find(string line)
    {
        foreach (KernelLogRule rule in KernelLogRules.All)
        {
            if (rule.Matches(line))
            {
                return rule;
            }
        }

        return null;
    }

    // The kernel writes this one message at the end of an instruction's line.
    private static string[] SplitLines(string log) =>
        log.Replace(" infinite loop detected", "\ninfinite loop detected", StringComparison.Ordinal).Split('\n');

    // Everything else the verifier writes: instructions, states, source lines, statistics, precision marks.
    private static bool IsMessage(string line)
    {
        if (line.Length == 0 || line[0] is ';' or ' ' or '\t' || TryInstruction(line, out _))
        {
            return false;
        }

        foreach (string start in s_otherLines)
        {
            if (line.StartsWith(start, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }

    private static readonly string[] s_otherLines =
    [
        "processed ", "verification time ", "stack depth ", "mark_precise", "from ", "last_idx", "regs=", "parent ",
        "func#", "peak_states", "frame0", "frame1", "frame2", "frame3", "frame4", "frame5", "frame6", "frame7", "returning from callee", "caller:", "callee:", "propagating", "cur state:",
        "old state:", "Validating ", "Func#", "R0=", "R0_w=", "R1=", "R1_w=", "-- BEGIN", "-- END",
        "BPF program load failed", "insn_processed", "to caller", "(", "live regs", "arg#0 reference type('UNKNOWN",
        "Live regs", "speculation",
    ];

    private static bool TryInstruction(ReadOnlySpan<char> line, out int slot)
    {
        int colon = line.IndexOf(": ", StringComparison.Ordinal);
        slot = -1;
        return colon > 0 && colon + 2 < line.Length && line[colon + 2] is '(' or 'R' or 'f' or 'r'
            && int.TryParse(line[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out slot);
    }

    private static (int Slot, int Line) FindSlot(string[] lines, int at)
    {
        for (int i = at - 1; i >= 0; i--)
        {
            if (TryInstruction(lines[i], out int slot))
            {
                return (slot, i);
            }
        }

        // Checks before the walk name the instruction themselves: "unreachable insn 3", "jump out of range from insn 2 to 9".
        string[] words = lines[at].Split(' ');
        int insn = Array.IndexOf(words, "insn");
        return insn >= 0 && insn + 1 < words.Length
            && int.TryParse(words[insn + 1], NumberStyles.None, CultureInfo.InvariantCulture, out int named) ? (named, -1) : (-1, -1);
    }

    // "; if (!value) @ probe.c:12" since 6.10; without the place before.
    private static SourceLocation? FindSource(string[] lines, int at, int slot, ProgramSpec? program)
    {
        if (slot >= 0 && program?.FindLine(slot) is { } known)
        {
            return known.Source;
        }

        for (int i = at; i >= 0; i--)
        {
            if (!lines[i].StartsWith("; ", StringComparison.Ordinal))
            {
                continue;
            }

            int mark = lines[i].LastIndexOf(" @ ", StringComparison.Ordinal);
            int colon = mark < 0 ? -1 : lines[i].LastIndexOf(':');
            if (colon > mark && mark > 0 && int.TryParse(lines[i].AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                return new SourceLocation(lines[i][(mark + 3)..colon], number, 0, lines[i][2..mark]);
            }

            return new SourceLocation("", 0, 0, lines[i][2..].Trim());
        }

        return null;
    }

    private static ImmutableArray<string> Facts(string[] lines, List<int> messages, int at, int slotLine)
    {
        List<string> facts = [];
        if (slotLine >= 0)
        {
            facts.Add(lines[slotLine].Trim());
        }

        foreach (int message in messages)
        {
            if (message > slotLine && message != at)
            {
                facts.Add(lines[message].Trim());
            }
        }

        return [.. facts];
    }
}
