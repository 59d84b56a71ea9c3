using System.CommandLine;
using System.Runtime.Versioning;
using BpfSharp.Cli.Output;
using BpfSharp.Linux;
using BpfSharp.Linux.Links;
using BpfSharp.Linux.Programs;
using BpfSharp.Objects;
using Spectre.Console;

namespace BpfSharp.Cli.Commands.Kernel;

/// <summary><c>bpfsharp attach</c>: loads and attaches; stays until Ctrl-C and detaches, unless the links are pinned.</summary>
[SupportedOSPlatform("linux")]
internal static class AttachCommand
{
    public static Command Create(Func<ParseResult, Terminal> open)
    {
        Argument<FileInfo> file = CommonOptions.Object();
        Option<string?> program = CommonOptions.Program();
        Option<string> to = new("--to")
        {
            Description = "Where to attach; without it what the section names. One of:\n" + string.Join('\n', KernelAttachPoint.Forms),
            DefaultValueFactory = _ => "auto",
        };
        Option<DirectoryInfo?> pin = new("--pin") { Description = "Pin the links in this directory of a bpf file system and end at once: they stay attached." };
        Option<string[]> globals = new("--set") { Description = "Set a global before load: NAME=VALUE." };
        Option<string[]> maps = new("--map") { Description = "Fill a map: NAME=FILE, lines of 'KEY VALUE'." };
        Option<double> seconds = new("--seconds") { Description = "Detach after this many seconds; 0 waits for Ctrl-C.", DefaultValueFactory = _ => 0 };
        Command command = new("attach", "Load an object and attach its programs; detaches at the end, unless --pin keeps the links.")
        {
            file, program, to, pin, globals, maps, seconds,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            Terminal terminal = open(parsed);
            BpfObject source = ObjectFile.Open(parsed.GetRequiredValue(file));
            ObjectInputs.SetGlobals(source, parsed.GetValue(globals) ?? []);
            string? name = parsed.GetValue(program);
            if (name is not null || parsed.GetRequiredValue(to) != "auto")
            {
                string chosen = ObjectFile.Choose(source, name).Name;
                foreach (ProgramSpec other in source.Programs.Where(p => p.Name != chosen))
                {
                    other.AutoLoad = false;
                }
            }

            using KernelObject loaded = Hosting.BpfHost.Kernel.LoadObject(source);
            ObjectInputs.FillMaps(loaded, parsed.GetValue(maps) ?? []);
            List<KernelLink> links = [];
            try
            {
                List<RowCell[]> rows = [];
                foreach (KernelProgram each in loaded.Programs.Values.Cast<KernelProgram>())
                {
                    KernelAttachPoint point = KernelAttachPoint.Parse(parsed.GetRequiredValue(to), each.Spec);
                    KernelLink link = each.Attach(point);
                    links.Add(link);
                    string kept = "";
                    if (parsed.GetValue(pin) is { } folder)
                    {
                        Directory.CreateDirectory(folder.FullName);
                        kept = Path.Combine(folder.FullName, each.Name);
                        link.Pin(kept);
                    }

                    rows.Add([each.Name, point.ToString() ?? "", link.Info is { } info ? info.Id : "", kept]);
                }

                RowTable.Write(terminal, ["program", "attached", "link", "pin"], rows);
                if (parsed.GetValue(pin) is not null)
                {
                    return ExitCode.Success;
                }

                double wait = parsed.GetValue(seconds);
                if (!terminal.IsJson && wait <= 0)
                {
                    terminal.Error.WriteLine("attached; Ctrl-C detaches");
                }

                try
                {
                    await Task.Delay(wait > 0 ? TimeSpan.FromSeconds(wait) : Timeout.InfiniteTimeSpan, cancel).ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    return ExitCode.Interrupted;
                }

                return ExitCode.Success;
            }
            finally
            {
                foreach (KernelLink link in links)
                {
                    link.Dispose();
                }
            }
        });
        return command;
    }
}
