using System.CommandLine;
using System.Runtime.Versioning;
using BpfSharp.Cli.Output;
using BpfSharp.Diagnostics;
using BpfSharp.Linux.Features;
using Spectre.Console;

namespace BpfSharp.Cli.Commands.Kernel;

/// <summary><c>bpfsharp doctor</c>: whether and why this process and kernel can or cannot use eBPF.</summary>
[SupportedOSPlatform("linux")]
internal static class DoctorCommand
{
    public static Command Create(Func<ParseResult, Terminal> open)
    {
        Command command = new("doctor", "Examine what this process may do with eBPF on this kernel, and say what to do about the rest. Exit code 1 if something is wrong.");
        command.SetAction(parsed =>
        {
            Terminal terminal = open(parsed);
            IReadOnlyList<DoctorCheck> checks = Doctor.Examine();
            if (terminal.IsJson)
            {
                RowTable.Write(terminal, ["check", "severity", "found", "next"], [.. checks.Select(c =>
                    new RowCell[] { c.Name, c.Severity.ToString().ToLowerInvariant(), c.Found, c.NextStep })]);
            }
            else
            {
                foreach (DoctorCheck check in checks)
                {
                    (string mark, string colour) = check.Severity switch
                    {
                        Severity.Error => ("✗", "red"),
                        Severity.Warning => ("!", "yellow"),
                        _ => ("✓", "green"),
                    };
                    terminal.Out.MarkupLineInterpolated($"[{colour}]{mark}[/] [bold]{check.Name}[/]  {check.Found}");
                    if (check.NextStep.Length > 0)
                    {
                        terminal.Out.MarkupLineInterpolated($"    [green]next:[/] {check.NextStep}");
                    }
                }
            }

            return checks.Any(c => c.Severity == Severity.Error) ? ExitCode.Refused : ExitCode.Success;
        });
        return command;
    }
}
