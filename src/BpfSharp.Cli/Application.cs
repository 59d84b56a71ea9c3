using System.CommandLine;
using BpfSharp.Cli.Commands;
using BpfSharp.Cli.Output;
using BpfSharp.Diagnostics;

namespace BpfSharp.Cli;

/// <summary>The tool: its verbs, and what becomes of their refusals.</summary>
internal static class Application
{
    /// <summary>Runs a command line.</summary>
    /// <param name="args">The arguments after the program's name.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="error">Where everything else goes.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        Option<bool> json = new("--json") { Description = "Write one JSON document instead of text.", Recursive = true };
        RootCommand root = new(
            "eBPF for .NET: read, verify, run, load and observe eBPF programs.\n\n"
            + "Exit codes: 0 done (or accepted), 1 refused (bad file, rejected program, fault), 2 not done (usage, missing file "
            + "or privilege, not judged), 130 interrupted.")
        {
            json,
        };
        Terminal Open(ParseResult parsed) => new(output, error, parsed.GetValue(json));
        foreach (Command verb in Verbs.All(Open))
        {
            root.Subcommands.Add(verb);
        }

        ParseResult result = root.Parse(args);
        if (result.Errors.Count > 0)
        {
            foreach (System.CommandLine.Parsing.ParseError problem in result.Errors)
            {
                error.WriteLine($"bpfsharp: {problem.Message}");
            }

            string verb = result.CommandResult.Command == root ? "" : " " + result.CommandResult.Command.Name;
            error.WriteLine($"'bpfsharp{verb} --help' shows the usage.");
            return ExitCode.NotDone;
        }

        Terminal terminal = Open(result);
        try
        {
            return result.Invoke(new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
            });
        }
        catch (BpfException refusal)
        {
            FindingWriter.WriteRefusal(terminal, refusal);
            return ExitCode.Refused;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException
            or KeyNotFoundException or NotSupportedException or PlatformNotSupportedException)
        {
            FindingWriter.WriteProblem(terminal, problem.Message);
            return ExitCode.NotDone;
        }
    }
}
