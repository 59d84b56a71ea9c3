using System.Collections.Immutable;
using System.CommandLine;
using BpfSharp.Cli.Output;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Objects;

namespace BpfSharp.Cli.Commands;

/// <summary><c>bpfsharp asm</c>: assembles a text into an object, or bare instructions into bytes.</summary>
internal static class AsmCommand
{
    public static Command Create(Func<ParseResult, Terminal> open)
    {
        Argument<FileInfo> file = new("TEXT") { Description = "Assembler text: instructions alone, or with .program, .map and .license." };
        Option<FileInfo?> output = CommonOptions.Output("Write an object (text with .program) or raw instructions (without) to this file.");
        Command command = new("asm", "Assemble a text in the kernel's syntax into an object, or into bytes shown in hexadecimal.") { file, output };
        command.SetAction(parsed =>
        {
            Terminal terminal = open(parsed);
            FileInfo input = parsed.GetRequiredValue(file);
            string text = File.ReadAllText(input.FullName);
            bool whole = text.ReplaceLineEndings("\n").Split('\n').Any(l => l.TrimStart().StartsWith(".program", StringComparison.Ordinal));
            byte[] bytes = whole ? ObjectAssembler.Assemble(text, input.Name).ToElf() : Raw(text);
            if (parsed.GetValue(output) is { } target)
            {
                File.WriteAllBytes(target.FullName, bytes);
            }
            else if (terminal.IsJson)
            {
                terminal.WriteJson(json =>
                {
                    json.WriteStartObject();
                    json.WriteString("kind", whole ? "object" : "instructions");
                    json.WriteString("bytes", Convert.ToHexStringLower(bytes));
                    json.WriteEndObject();
                });
            }
            else if (whole)
            {
                throw new ArgumentException("an object is not shown on the terminal: write it to a file with --output FILE");
            }
            else
            {
                foreach (byte[] slot in bytes.Chunk(Instruction.SizeInBytes))
                {
                    terminal.WriteLine(Convert.ToHexStringLower(slot));
                }
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static byte[] Raw(string text)
    {
        ImmutableArray<Instruction> program = Assembler.Assemble(text, new AssemblerOptions
        {
            HelperNumber = name => HelperTable.Find(name)?.Id,
        });
        byte[] bytes = new byte[program.Length * Instruction.SizeInBytes];
        for (int i = 0; i < program.Length; i++)
        {
            program[i].Write(bytes.AsSpan(i * Instruction.SizeInBytes));
        }

        return bytes;
    }
}
