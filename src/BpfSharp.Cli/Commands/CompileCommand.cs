using System.CommandLine;
using BpfSharp.Cli.Output;
using BpfSharp.Compiler;
using BpfSharp.Objects;
using Spectre.Console;

namespace BpfSharp.Cli.Commands;

/// <summary><c>bpfsharp compile</c>: an assembly's programs into an eBPF object.</summary>
internal static class CompileCommand
{
    public static Command Create(Func<ParseResult, Terminal> open)
    {
        Argument<FileInfo> file = new("DLL") { Description = "A .NET assembly with a class marked [BpfObject]." };
        Option<string?> type = new("--type", "-t") { Description = "The class, when the assembly has several; its full name." };
        Option<FileInfo> output = new("--output", "-o") { Description = "The object file to write.", Required = true };
        Command command = new("compile", "Compile C# programs of a .NET assembly into an eBPF object that every loader takes.") { file, type, output };
        command.SetAction(parsed =>
        {
            Terminal terminal = open(parsed);
            FileInfo assembly = parsed.GetRequiredValue(file);
            if (!assembly.Exists)
            {
                throw new FileNotFoundException($"{assembly}: no such file; build the project first");
            }

            CompilationResult result = BpfCompiler.TryCompile(assembly.FullName, parsed.GetValue(type));
            if (!terminal.IsJson)
            {
                foreach (Diagnostics.Finding finding in result.Findings)
                {
                    FindingWriter.Write(terminal.Error, finding);
                }
            }

            BpfObject? compiled = result.Object;
            if (compiled is not null)
            {
                File.WriteAllBytes(parsed.GetRequiredValue(output).FullName, compiled.ToElf());
            }

            if (terminal.IsJson)
            {
                terminal.WriteJson(json =>
                {
                    json.WriteStartObject();
                    json.WriteBoolean("compiled", compiled is not null);
                    json.WriteStartArray("programs");
                    foreach (ProgramSpec program in compiled?.Programs ?? [])
                    {
                        json.WriteStartObject();
                        json.WriteString("name", program.Name);
                        json.WriteNumber("instructions", program.Instructions.Length);
                        json.WriteEndObject();
                    }

                    json.WriteEndArray();
                    json.WritePropertyName("findings");
                    FindingWriter.WriteJson(json, result.Findings);
                    json.WriteEndObject();
                });
            }
            else if (compiled is not null)
            {
                foreach (ProgramSpec program in compiled.Programs)
                {
                    terminal.Error.WriteLine($"{program.Name}: {program.Instructions.Length} instructions");
                }
            }

            return compiled is null ? ExitCode.Refused : ExitCode.Success;
        });
        return command;
    }
}
