using System.CommandLine;
using System.Runtime.Versioning;
using BpfSharp.Cli.Output;
using BpfSharp.Linux.Links;
using BpfSharp.Linux.Maps;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Cli.Commands.Kernel;

/// <summary><c>bpfsharp pin</c>: keeps a live map, program or link under a path of a bpf file system.</summary>
[SupportedOSPlatform("linux")]
internal static class PinCommand
{
    private const string Forms = "an id, a name, or the path of another pin";

    public static Command Create(Func<ParseResult, Terminal> open)
    {
        Command command = new("pin", "Keep a live map, program or link under a path, so that other processes can open it and it outlives its maker.")
        {
            Of(open, "map", $"The map: {Forms}.", (which, path) =>
            {
                using KernelMap map = Selection.Map(which);
                map.Pin(path);
                return $"map '{map.Name}'";
            }),
            Of(open, "prog", $"The program: {Forms}.", (which, path) =>
            {
                using KernelProgram program = Selection.Program(which);
                program.Pin(path);
                return $"program '{program.Name}'";
            }),
            Of(open, "link", "The link: an id, the name of its program, or the path of another pin.", (which, path) =>
            {
                using KernelLink link = Selection.Link(which);
                link.Pin(path);
                return $"link {link.Info!.Id}";
            }),
        };
        return command;
    }

    private static Command Of(Func<ParseResult, Terminal> open, string kind, string description, Func<string, string, string> pin)
    {
        Argument<string> which = new(kind.ToUpperInvariant()) { Description = description };
        Argument<string> path = new("PATH") { Description = "Where: a path of a bpf file system, for example /sys/fs/bpf/flows. Removing the file (rm) removes the pin." };
        Command command = new(kind, $"Pin a {(kind == "prog" ? "program" : kind)}.") { which, path };
        command.SetAction(parsed =>
        {
            Terminal terminal = open(parsed);
            string place = Path.GetFullPath(parsed.GetRequiredValue(path));
            string what = pin(parsed.GetRequiredValue(which), place);
            if (terminal.IsJson)
            {
                RowTable.Write(terminal, ["pinned"], [[place]]);
            }
            else
            {
                terminal.WriteLine($"{what} is pinned at {place}");
            }

            return ExitCode.Success;
        });
        return command;
    }
}
