using System.Collections.Immutable;
using System.Globalization;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Isa;
using BpfSharp.Objects;
using BpfSharp.Runtime.Helpers;
using BpfSharp.Runtime.Hosting;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.ConformancePlugin;

/// <summary>Runs one test of the public conformance suite: the program on standard input, its memory as first argument.</summary>
/// <remarks>
/// <c>plugin [memory] [--interpreter | --jit] [--checked] [--elf]</c>. Bytes are two-digit hexadecimal numbers between
/// blanks. r0 goes to standard output in hexadecimal with exit status 0; what fails goes to standard error with status 1.
/// </remarks>
public static class Plugin
{
    // The suite's helper 5 ends a program in some engines; it gives its argument back, and the program returns.
    private static readonly Dictionary<long, HelperRow> s_helpers = new() { [5] = new(5, "unwind", Unwind) };

    /// <summary>Runs a test.</summary>
    /// <returns>The exit status.</returns>
    public static int Run(string[] arguments, TextReader input, TextWriter output, TextWriter errors)
    {
        bool interpreter = false;
        bool isChecked = false;
        bool elf = false;
        byte[] memory = [];
        try
        {
            foreach (string argument in arguments)
            {
                switch (argument)
                {
                    case "--interpreter":
                        interpreter = true;
                        break;
                    case "--jit":
                        interpreter = false;
                        break;
                    case "--checked":
                        isChecked = true;
                        break;
                    case "--elf":
                        elf = true;
                        break;
                    case "":
                        break;
                    default:
                        if (argument.StartsWith("--", StringComparison.Ordinal))
                        {
                            errors.WriteLine($"unknown option {argument}; there are --interpreter, --jit, --checked, --elf");
                            return 1;
                        }

                        memory = ReadBytes(argument);
                        break;
                }
            }

            BpfObject source = ReadProgram(ReadBytes(input.ReadToEnd()), elf);
            using LoadedObject loaded = BpfHost.InProcess.Load(source, new RuntimeOptions
            {
                Engine = interpreter ? EngineChoice.Interpreter : EngineChoice.Jit,
                Checking = Checking.Always,
                TrustEverything = !isChecked,
                ExtraHelpers = s_helpers,
            });
            RunResult result = loaded.Programs.Values.First().Run(new RunInput { Context = memory });
            if (result.Fault is not null)
            {
                errors.WriteLine(result.Fault);
                return 1;
            }

            output.WriteLine(result.ReturnValue.ToString("x", CultureInfo.InvariantCulture));
            return 0;
        }
        catch (Exception e) when (e is BpfException or FormatException)
        {
            errors.WriteLine(e.Message);
            return 1;
        }
    }

    private static BpfObject ReadProgram(byte[] bytes, bool elf)
    {
        if (elf)
        {
            BpfObject read = BpfObject.Read(bytes, "stdin");
            ProgramSpec main = read.Programs.FirstOrDefault(p => p.Name == "main") ?? read.Programs[0];
            for (int i = read.Programs.Count - 1; i >= 0; i--)
            {
                read.Programs[i].AutoLoad = read.Programs[i] == main;
            }

            return read;
        }

        if (bytes.Length == 0 || bytes.Length % Instruction.SizeInBytes != 0)
        {
            throw new FormatException($"{bytes.Length} bytes are no whole number of instructions");
        }

        ImmutableArray<Instruction>.Builder program = ImmutableArray.CreateBuilder<Instruction>();
        ReadOnlySpan<byte> rest = bytes;
        for (; Instruction.TryRead(rest, out Instruction slot); rest = rest[Instruction.SizeInBytes..])
        {
            program.Add(slot);
        }

        BpfObject source = new() { Name = "stdin", License = "GPL" };
        source.Programs.Add(new ProgramSpec { Name = "main", Instructions = program.ToImmutable() });
        return source;
    }

    private static byte[] ReadBytes(string text)
        => [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(t => byte.Parse(t, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];

    private static ulong Unwind(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => r1;
}
