using System.CommandLine;
using System.Runtime.Versioning;
using BpfSharp.Cli.Output;
using BpfSharp.Linux.Maps;

namespace BpfSharp.Cli.Commands.Kernel;

/// <summary><c>bpfsharp pin</c>: keeps a live map under a path of a bpf file system.</summary>
[SupportedOSPlatform("linux")]
internal static class PinCommand
{
    public static Command Create(Func<ParseResult, Terminal> open)
    {
        Argument<string> which = new("MAP") { Description = "A map's id, name, or the path of another pin." };
        Argument<string> path = new("PATH") { Description = "Where: a path of a bpf file system, for example /sys/fs/bpf/flows." };
        Command command = new("pin", "Keep a live map under a path, so that other processes can open it and it outlives its maker.") { which, path };
        command.SetAction(parsed =>
        {
            using KernelMap map = Selection.Map(parsed.GetRequiredValue(which));
            map.Pin(parsed.GetRequiredValue(path));
            open(parsed).WriteLine($"map '{map.Name}' is pinned at {parsed.GetRequiredValue(path)}");
            return ExitCode.Success;
        });
        return command;
    }
}
