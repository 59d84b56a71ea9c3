using System.Collections.Immutable;
using BpfSharp.Diagnostics;

namespace BpfSharp.Isa;

/// <summary>Reads instructions in the text syntax of the kernel's verifier log, as <see cref="Disassembler"/> writes them.</summary>
/// <remarks>
/// A line holds one instruction, a label (<c>name:</c>), both, or nothing; <c>;</c> and <c>//</c> begin a comment, and a
/// leading <c>12:</c> (a slot number, as listings have) is skipped. Jumps and calls take <c>pc+3</c>, <c>+3</c> or a label.
/// </remarks>
public static class Assembler
{
    /// <summary>Assembles a text.</summary>
    /// <param name="text">Lines of assembler.</param>
    /// <param name="options">Names to resolve.</param>
    /// <exception cref="ObjectFormatException">A line is not understood (BPF1401) or a name unknown (BPF1402); all lines are reported.</exception>
    public static ImmutableArray<Instruction> Assemble(string text, AssemblerOptions? options = null) =>
        TryAssemble(text, options, out ImmutableArray<Instruction> program, out ImmutableArray<Finding> findings)
            ? program
            : throw new ObjectFormatException(findings);

    /// <summary>Assembles a text, with what is wrong as data.</summary>
    /// <param name="text">Lines of assembler.</param>
    /// <param name="options">Names to resolve.</param>
    /// <param name="program">The instructions, when the method returns <see langword="true"/>.</param>
    /// <param name="findings">One per wrong line, otherwise.</param>
    public static bool TryAssemble(
        string text, AssemblerOptions? options, out ImmutableArray<Instruction> program, out ImmutableArray<Finding> findings) =>
        TryAssemble(text, options, firstLine: 1, out program, out _, out findings);

    /// <summary>Assembles a part of a text, and says where its labels stand.</summary>
    internal static bool TryAssemble(
        string text,
        AssemblerOptions? options,
        int firstLine,
        out ImmutableArray<Instruction> program,
        out IReadOnlyDictionary<string, int> labelSlots,
        out ImmutableArray<Finding> findings)
    {
        List<AssemblyLine> lines = [];
        Dictionary<string, int> labels = [];
        List<Finding> found = [];
        int slot = 0;
        int number = firstLine - 1;
        labelSlots = labels;
        foreach (ReadOnlySpan<char> raw in text.AsSpan().EnumerateLines())
        {
            number++;
            ReadOnlySpan<char> line = TakeLabels(WithoutComment(raw), slot, number, labels, found);
            if (!line.IsEmpty)
            {
                lines.Add(new(number, slot, line.ToString()));
                slot += LineParser.SlotsOf(line);
            }
        }

        ImmutableArray<Instruction>.Builder builder = ImmutableArray.CreateBuilder<Instruction>(slot);
        foreach (AssemblyLine line in lines)
        {
            LineParser parser = new(line, labels, options ?? s_noNames);
            if (parser.TryParse(builder, out Finding? finding))
            {
                continue;
            }

            found.Add(finding!);
            while (builder.Count < line.Slot + LineParser.SlotsOf(line.Text))
            {
                builder.Add(default);
            }
        }

        findings = [.. found];
        program = found.Count == 0 ? builder.DrainToImmutable() : [];
        return found.Count == 0;
    }

    private static readonly AssemblerOptions s_noNames = new();

    private static ReadOnlySpan<char> WithoutComment(ReadOnlySpan<char> line)
    {
        int at = line.IndexOf(';');
        line = at < 0 ? line : line[..at];
        at = line.IndexOf("//", StringComparison.Ordinal);
        return (at < 0 ? line : line[..at]).Trim();
    }

    private static ReadOnlySpan<char> TakeLabels(
        ReadOnlySpan<char> line, int slot, int number, Dictionary<string, int> labels, List<Finding> findings)
    {
        for (int colon = line.IndexOf(':'); colon > 0 && IsName(line[..colon]); colon = line.IndexOf(':'))
        {
            string label = line[..colon].ToString();
            if (!char.IsAsciiDigit(label[0]) && !labels.TryAdd(label, slot))
            {
                findings.Add(new Finding
                {
                    Id = "BPF1403",
                    Message = $"label '{label}' stands twice",
                    Where = $"line {number}",
                    Suggestion = "give each label a name of its own",
                });
            }

            line = line[(colon + 1)..].TrimStart();
        }

        return line;
    }

    private static bool IsName(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '.' or '$'))
            {
                return false;
            }
        }

        return true;
    }
}
