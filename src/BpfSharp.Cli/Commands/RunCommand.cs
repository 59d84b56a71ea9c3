using System.CommandLine;
using BpfSharp.Cli.Output;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;

namespace BpfSharp.Cli.Commands;

/// <summary><c>bpfsharp run</c>: runs a program in process, once or on every packet of a capture.</summary>
internal static class RunCommand
{
    public static Command Create(Func<ParseResult, Terminal> open)
    {
        Argument<FileInfo> file = CommonOptions.Object();
        Option<string?> program = CommonOptions.Program();
        Option<string?> type = CommonOptions.Type();
        Option<FileInfo?> capture = new("--pcap") { Description = "Run on every packet of this capture (pcap or pcapng)." };
        Option<FileInfo?> output = new("--out") { Description = "Write the packets that go on, as the program left them, to this pcap file; a name that ends in .pcapng gets every packet with its verdict." };
        Option<string?> packet = new("--packet") { Description = "Run on this one packet, in hexadecimal." };
        Option<string?> context = new("--context") { Description = "The context's bytes, in hexadecimal, for programs that have no packet." };
        Option<string[]> maps = new("--map") { Description = "Fill a map before the run: NAME=FILE, lines of 'KEY VALUE'.", AllowMultipleArgumentsPerToken = false };
        Option<string[]> globals = new("--set") { Description = "Set a global before load: NAME=VALUE (number, address, hex:…, \"text\")." };
        Option<bool> interpreter = new("--interpreter") { Description = "Use the interpreter alone." };
        Option<bool> jit = new("--jit") { Description = "Compile before the first run." };
        Option<int> repeat = new("--repeat") { Description = "Run each input this often and show the mean time.", DefaultValueFactory = _ => 1 };
        Option<bool> trace = new("--trace") { Description = "Show every instruction as it runs, with the register it changed (interpreter)." };
        Option<bool> perPacket = new("--verbose", "-v") { Description = "Show a line for every packet." };
        Command command = new(
            "run",
            "Run a program in this process: no root, any OS. Exit code 1 if a run faulted (checked mode names the instruction).")
        {
            file, program, type, capture, output, packet, context, maps, globals, interpreter, jit, repeat, trace, perPacket,
        };
        repeat.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && int.TryParse(text, out int times) && times < 1)
            {
                result.AddError("--repeat needs a number from 1 on.");
            }
        });
        command.Validators.Add(result =>
        {
            if (result.GetValue(interpreter) && result.GetValue(jit))
            {
                result.AddError("--interpreter and --jit exclude each other.");
            }

            if (result.GetValue(jit) && result.GetValue(trace))
            {
                result.AddError("--trace needs the interpreter: leave out --jit.");
            }

            if (result.GetValue(trace) && result.GetValue<bool>("--json"))
            {
                result.AddError("--trace writes text: leave out --json.");
            }
        });
        command.SetAction((parsed, cancel) =>
        {
            Terminal terminal = open(parsed);
            BpfObject source = ObjectFile.Open(parsed.GetRequiredValue(file));
            ProgramSpec chosen = ObjectFile.Choose(source, parsed.GetValue(program));
            ObjectFile.SetType(source, parsed.GetValue(type));
            ObjectFile.KeepOnly(source, chosen);
            if (chosen.Type == ProgramType.Unspecified && parsed.GetValue(capture) is not null)
            {
                terminal.Warn(
                    $"section '{chosen.Section}' of {chosen.Name} names no program type: it gets each packet's bytes in r1 and their number in r2; "
                    + "for a context of xdp, tc … give --type");
            }

            ObjectInputs.SetGlobals(source, parsed.GetValue(globals) ?? []);
            InstructionTrace? tracer = parsed.GetValue(trace) ? new InstructionTrace(terminal, source) : null;
            RunSession session = new(terminal, chosen)
            {
                Repeat = parsed.GetValue(repeat),
                Trace = tracer,
                PerPacket = parsed.GetValue(perPacket) || parsed.GetValue(trace),
                Cancel = cancel,
            };
            RuntimeOptions options = new()
            {
                Engine = parsed.GetValue(jit) ? EngineChoice.Jit
                    : parsed.GetValue(interpreter) || parsed.GetValue(trace) ? EngineChoice.Interpreter
                    : EngineChoice.Tiered,
                Trace = tracer is null ? null : tracer.Step,
            };
            using LoadedObject loaded = BpfHost.InProcess.Load(source, options);
            ObjectInputs.FillMaps(loaded, parsed.GetValue(maps) ?? []);
            session.Loaded = loaded;
            int exit = parsed.GetValue(capture) is { } captureFile
                ? session.RunCapture(captureFile, parsed.GetValue(output))
                : session.RunOnce(new RunInput
                {
                    Packet = Bytes(parsed.GetValue(packet), "--packet"),
                    Context = Bytes(parsed.GetValue(context), "--context"),
                    Repeat = parsed.GetValue(repeat),
                });
            return Task.FromResult(exit);
        });
        return command;
    }

    /// <summary>Bytes of an option in hexadecimal.</summary>
    internal static byte[] Bytes(string? hex, string option)
    {
        try
        {
            return hex is null ? [] : Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal).Replace(":", "", StringComparison.Ordinal));
        }
        catch (FormatException)
        {
            throw new ArgumentException($"{option} '{hex}' is not hexadecimal: write pairs of digits, for example 'ff00 1234'");
        }
    }
}
