using System.CommandLine;
using System.Globalization;
using System.Runtime.Versioning;
using BpfSharp.Cli.Output;
using BpfSharp.Hosting;
using BpfSharp.Isa;
using BpfSharp.Linux;
using BpfSharp.Linux.Introspection;
using BpfSharp.Linux.Programs;
using BpfSharp.Objects;

namespace BpfSharp.Cli.Commands.Kernel;

/// <summary><c>bpfsharp prog</c>: code and test runs of a program in the kernel.</summary>
[SupportedOSPlatform("linux")]
internal static class ProgCommand
{
    public static Command Create(Func<ParseResult, Terminal> open)
    {
        Command command = new("prog", "Look into a program in the kernel, or run it there.");
        command.Subcommands.Add(Dump(open));
        command.Subcommands.Add(Run(open));
        return command;
    }

    private static Command Dump(Func<ParseResult, Terminal> open)
    {
        Argument<string> which = new("PROG") { Description = "A program's id, name, tag, or the path of its pin." };
        Option<bool> jited = new("--jited") { Description = "Show machine code instead of the verifier's instructions." };
        Option<bool> xlated = new("--xlated") { Description = "Show the instructions after the verifier's rewriting (the default)." };
        Command command = new("dump", "Show a program's instructions as the kernel runs them, with source lines.") { which, jited, xlated };
        command.SetAction(parsed =>
        {
            Terminal terminal = open(parsed);
            using KernelProgram program = Selection.Program(parsed.GetRequiredValue(which));
            ProgramCode code = program.ReadCode();
            if (parsed.GetValue(jited) && parsed.GetValue(xlated))
            {
                throw new ArgumentException("--xlated and --jited exclude each other");
            }

            if (terminal.IsJson)
            {
                WriteJson(terminal, code, parsed.GetValue(jited));
            }
            else if (parsed.GetValue(jited))
            {
                WriteMachine(terminal, code);
            }
            else
            {
                WriteInstructions(terminal, code);
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static void WriteJson(Terminal terminal, ProgramCode code, bool jited)
    {
        CheckShown(code, jited);
        terminal.WriteJson(json =>
        {
            json.WriteStartArray();
            if (jited)
            {
                foreach (MachineFunction function in code.Machine)
                {
                    json.WriteStartObject();
                    json.WriteString("function", function.Name);
                    json.WriteString("address", $"0x{function.Address:x}");
                    json.WriteString("bytes", Convert.ToHexStringLower(function.Code.Span));
                    json.WriteEndObject();
                }
            }
            else
            {
                DisassemblerOptions names = Names(code);
                for (int slot = 0; slot < code.Translated.Length; slot += DecodedInstruction.Decode(code.Translated.AsSpan(), slot).Slots)
                {
                    json.WriteStartObject();
                    json.WriteNumber("slot", slot);
                    json.WriteString("text", Disassembler.Format(code.Translated.AsSpan(), slot, names));
                    if (code.Lines.FirstOrDefault(l => l.Slot == slot) is { } line)
                    {
                        json.WriteString("file", line.Source.File);
                        json.WriteNumber("line", line.Source.Line);
                    }

                    json.WriteEndObject();
                }
            }

            json.WriteEndArray();
        });
    }

    private static DisassemblerOptions Names(ProgramCode code) => new()
    {
        SubprogramName = slot => code.Functions.FirstOrDefault(f => f.StartSlot == slot)?.Name,
    };

    private static void CheckShown(ProgramCode code, bool jited)
    {
        if (jited && code.Machine.IsEmpty)
        {
            throw new ArgumentException("there is no machine code to show: the program is interpreted, or the kernel hides it");
        }

        if (!jited && code.Translated.IsEmpty)
        {
            throw new ArgumentException("the kernel hides the instructions: it needs CAP_PERFMON and CAP_BPF, and net.core.bpf_jit_harden below 2");
        }
    }

    private static void WriteInstructions(Terminal terminal, ProgramCode code)
    {
        CheckShown(code, jited: false);
        DisassemblerOptions names = Names(code);
        int line = 0;
        for (int slot = 0; slot < code.Translated.Length;)
        {
            if (code.Functions.FirstOrDefault(f => f.StartSlot == slot) is { } function)
            {
                terminal.WriteLine($"{function.Name}:");
            }

            while (line < code.Lines.Length && code.Lines[line].Slot <= slot)
            {
                terminal.WriteLine($"; {code.Lines[line].Source.Text?.Trim()} @ {code.Lines[line].Source}");
                line++;
            }

            terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{slot,5}: {Disassembler.Format(code.Translated.AsSpan(), slot, names)}"));
            DecodedInstruction instruction = DecodedInstruction.Decode(code.Translated.AsSpan(), slot);
            slot += instruction.Slots;
        }
    }

    private static void WriteMachine(Terminal terminal, ProgramCode code)
    {
        CheckShown(code, jited: true);
        foreach (MachineFunction function in code.Machine)
        {
            terminal.WriteLine($"{function.Name}:  {function.Code.Length} bytes at 0x{function.Address:x}");
            for (int at = 0; at < function.Code.Length; at += 16)
            {
                ReadOnlySpan<byte> row = function.Code.Span[at..Math.Min(at + 16, function.Code.Length)];
                MachineLine? source = code.MachineLines.LastOrDefault(l => l.Address >= function.Address + (ulong)at && l.Address < function.Address + (ulong)at + 16);
                terminal.WriteLine($"  {at:x4}: {Convert.ToHexStringLower(row),-32}{(source is null ? "" : $"  ; {source.Source}")}");
            }
        }
    }

    private static Command Run(Func<ParseResult, Terminal> open)
    {
        Argument<FileInfo> file = CommonOptions.Object();
        Option<string?> program = CommonOptions.Program();
        Option<string?> packet = new("--packet") { Description = "The packet, in hexadecimal." };
        Option<int> repeat = new("--repeat") { Description = "How often; the mean time is shown.", DefaultValueFactory = _ => 1 };
        Option<string[]> globals = new("--set") { Description = "Set a global before load: NAME=VALUE." };
        Option<string[]> maps = new("--map") { Description = "Fill a map before the run: NAME=FILE." };
        Command command = new("run", "Load a program and run it in the kernel on a packet (BPF_PROG_TEST_RUN), without attaching it.")
        {
            file, program, packet, repeat, globals, maps,
        };
        command.SetAction(parsed =>
        {
            Terminal terminal = open(parsed);
            BpfObject source = ObjectFile.Open(parsed.GetRequiredValue(file));
            ProgramSpec chosen = ObjectFile.Choose(source, parsed.GetValue(program));
            ObjectInputs.SetGlobals(source, parsed.GetValue(globals) ?? []);
            using LoadedObject loaded = BpfHost.Kernel.Load(source);
            ObjectInputs.FillMaps(loaded, parsed.GetValue(maps) ?? []);
            RunSession session = new(terminal, chosen) { Repeat = parsed.GetValue(repeat), Loaded = loaded };
            return session.RunOnce(new RunInput
            {
                Packet = RunCommand.Bytes(parsed.GetValue(packet), "--packet"),
                Repeat = parsed.GetValue(repeat),
            });
        });
        return command;
    }
}
