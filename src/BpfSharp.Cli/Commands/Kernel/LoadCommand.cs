using System.CommandLine;
using System.Runtime.Versioning;
using BpfSharp.Cli.Output;
using BpfSharp.Linux;
using BpfSharp.Linux.Maps;
using BpfSharp.Linux.Programs;
using BpfSharp.Objects;
using Spectre.Console;

namespace BpfSharp.Cli.Commands.Kernel;

/// <summary><c>bpfsharp load</c>: loads an object into the kernel and keeps it by pins.</summary>
[SupportedOSPlatform("linux")]
internal static class LoadCommand
{
    public static Command Create(Func<ParseResult, Terminal> open)
    {
        Argument<FileInfo> file = CommonOptions.Object();
        Option<DirectoryInfo> pin = new("--pin")
        {
            Description = "Directory of a bpf file system (below /sys/fs/bpf) for the pins; without pins nothing would stay.",
            Required = true,
        };
        Option<string[]> globals = new("--set") { Description = "Set a global before load: NAME=VALUE." };
        Option<string[]> maps = new("--map") { Description = "Fill a map: NAME=FILE, lines of 'KEY VALUE'." };
        Command command = new("load", "Load an object's programs and maps into the kernel and pin them.") { file, pin, globals, maps };
        command.SetAction(parsed =>
        {
            Terminal terminal = open(parsed);
            BpfObject source = ObjectFile.Open(parsed.GetRequiredValue(file));
            ObjectInputs.SetGlobals(source, parsed.GetValue(globals) ?? []);
            string folder = parsed.GetRequiredValue(pin).FullName;
            using KernelObject loaded = Hosting.BpfHost.Kernel.LoadObject(source, new KernelLoadOptions { PinDirectory = folder });
            ObjectInputs.FillMaps(loaded, parsed.GetValue(maps) ?? []);
            List<string> pinned = [];
            try
            {
                Directory.CreateDirectory(folder);
                foreach (KernelProgram program in loaded.Programs.Values.Cast<KernelProgram>())
                {
                    string path = Path.Combine(folder, program.Name);
                    program.Pin(path);
                    pinned.Add(path);
                }

                foreach (KernelMap map in loaded.Maps.Values.Cast<KernelMap>().Where(m => m.Spec.Role == MapRole.User && !File.Exists(Path.Combine(folder, m.Name))))
                {
                    string path = Path.Combine(folder, map.Name);
                    map.Pin(path);
                    pinned.Add(path);
                }
            }
            catch
            {
                // All or nothing: no half of an object stays pinned.
                pinned.ForEach(File.Delete);
                throw;
            }

            RowTable.Write(terminal, ["pinned"], [.. pinned.Select(p => new RowCell[] { p })]);
            return ExitCode.Success;
        });
        return command;
    }
}
