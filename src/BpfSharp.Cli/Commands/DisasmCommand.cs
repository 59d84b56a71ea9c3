using System.CommandLine;
using System.Text;
using BpfSharp.Cli.Output;
using BpfSharp.Isa;
using BpfSharp.Objects;

namespace BpfSharp.Cli.Commands;

/// <summary><c>bpfsharp disasm</c>: a program's instructions with their source lines, or its control flow as a picture.</summary>
internal static class DisasmCommand
{
    public static Command Create(Func<ParseResult, Terminal> open)
    {
        Argument<FileInfo> file = CommonOptions.Object();
        Option<string?> program = CommonOptions.Program();
        Option<string?> graph = new("--cfg") { Description = "Draw the control flow instead: dot (Graphviz) or svg." };
        graph.AcceptOnlyFromAmong("dot", "svg");
        Option<bool> plain = new("--no-source") { Description = "Leave out source lines." };
        Option<FileInfo?> output = CommonOptions.Output("Write to this file instead of the terminal.");
        Command command = new("disasm", "Show a program's instructions in the kernel's syntax, with their source lines.")
        {
            file, program, graph, plain, output,
        };
        command.SetAction(parsed =>
        {
            Terminal terminal = open(parsed);
            BpfObject source = ObjectFile.Open(parsed.GetRequiredValue(file));
            string? name = parsed.GetValue(program);
            IEnumerable<ProgramSpec> programs = name is null ? source.Programs : [ObjectFile.Choose(source, name)];
            if (parsed.GetValue(graph) is { } format)
            {
                Write(terminal, parsed.GetValue(output), Draw(source, ObjectFile.Choose(source, name), format));
            }
            else if (terminal.IsJson)
            {
                WriteJson(terminal, source, programs);
            }
            else
            {
                Write(terminal, parsed.GetValue(output), Text(source, programs, !parsed.GetValue(plain)));
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static string Draw(BpfObject source, ProgramSpec program, string format)
    {
        Listing listing = new(source, program);
        ControlFlowGraph graph = ControlFlowGraph.Of(program.Instructions.AsSpan());
        return format == "svg"
            ? graph.ToSvg(program.Name, block => listing.Lines(block.StartSlot, block.EndSlot, withSource: false))
            : graph.ToDot(program.Name, block => listing.Lines(block.StartSlot, block.EndSlot, withSource: false));
    }

    private static string Text(BpfObject source, IEnumerable<ProgramSpec> programs, bool withSource)
    {
        StringBuilder text = new();
        foreach (ProgramSpec program in programs)
        {
            Listing listing = new(source, program);
            text.Append(program.Name).Append(program.Section.Length > 0 ? $" (section {program.Section})" : "").AppendLine(":");
            for (int i = 0; i < program.Subprograms.Length; i++)
            {
                Subprogram part = program.Subprograms[i];
                int end = i + 1 < program.Subprograms.Length ? program.Subprograms[i + 1].StartSlot : program.Instructions.Length;
                if (i > 0)
                {
                    text.Append(part.Name).AppendLine(":");
                }

                foreach (string line in listing.Lines(part.StartSlot, end, withSource))
                {
                    text.AppendLine(line);
                }
            }

            text.AppendLine();
        }

        return text.ToString().TrimEnd() + Environment.NewLine;
    }

    private static void Write(Terminal terminal, FileInfo? output, string text)
    {
        if (output is null)
        {
            terminal.WriteLine(text.TrimEnd());
        }
        else
        {
            File.WriteAllText(output.FullName, text);
        }
    }

    private static void WriteJson(Terminal terminal, BpfObject source, IEnumerable<ProgramSpec> programs) => terminal.WriteJson(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("programs");
        foreach (ProgramSpec program in programs)
        {
            Listing listing = new(source, program);
            json.WriteStartObject();
            json.WriteString("name", program.Name);
            json.WriteString("section", program.Section);
            json.WriteStartArray("instructions");
            for (int slot = 0; slot < program.Instructions.Length;)
            {
                DecodedInstruction instruction = DecodedInstruction.Decode(program.Instructions.AsSpan(), slot);
                json.WriteStartObject();
                json.WriteNumber("slot", slot);
                json.WriteString("text", listing.Text(slot));
                if (program.FindLine(slot) is { } line)
                {
                    json.WriteString("file", line.Source.File);
                    json.WriteNumber("line", line.Source.Line);
                }

                json.WriteEndObject();
                slot += instruction.Slots;
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });
}
