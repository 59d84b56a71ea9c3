using System.CommandLine;
using System.Globalization;
using System.Runtime.Versioning;
using BpfSharp.Cli.Output;
using BpfSharp.Linux.Introspection;
using BpfSharp.Linux.Links;
using Spectre.Console;

namespace BpfSharp.Cli.Commands.Kernel;

/// <summary><c>bpfsharp list</c>: what lives in the kernel, joined: programs, where they are attached, their maps and owners.</summary>
[SupportedOSPlatform("linux")]
internal static class ListCommand
{
    public static Command Create(Func<ParseResult, Terminal> open)
    {
        Argument<string> kind = new("KIND") { Description = "prog, map, link or btf.", DefaultValueFactory = _ => "prog" };
        kind.AcceptOnlyFromAmong("prog", "map", "link", "btf");
        Command command = new("list", "Show programs (where attached, their maps, who holds them), maps, links or types in the kernel.") { kind };
        command.SetAction(parsed =>
        {
            Terminal terminal = open(parsed);
            ObjectOwners owners = ObjectOwners.Read();
            (string[] columns, List<string[]> rows) = parsed.GetRequiredValue(kind) switch
            {
                "map" => Maps(owners),
                "link" => Links(owners),
                "btf" => Types(owners),
                _ => Programs(owners),
            };
            RowTable.Write(terminal, columns, rows);
            return ExitCode.Success;
        });
        return command;
    }

    private static (string[], List<string[]>) Programs(ObjectOwners owners)
    {
        ILookup<uint, LinkInfo> links = KernelInventory.Links().ToLookup(l => l.ProgramId);
        Dictionary<uint, string> maps = KernelInventory.Maps().ToDictionary(m => m.Id, m => m.Name);
        return (["id", "name", "type", "attached", "maps", "owners", "loaded", "tag"], [.. KernelInventory.Programs().Select(p => new[]
        {
            Text(p.Id), p.Name, p.Type.ToString(),
            string.Join("; ", links[p.Id].Select(Where)),
            string.Join(' ', p.MapIds.Select(id => $"{maps.GetValueOrDefault(id, "?")}({id})")),
            Owners(owners, KernelObjectKind.Program, p.Id),
            p.LoadedAt.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), p.Tag,
        })]);
    }

    private static (string[], List<string[]>) Maps(ObjectOwners owners) =>
        (["id", "name", "type", "key", "value", "entries", "flags", "bytes", "owners"], [.. KernelInventory.Maps().Select(m => new[]
        {
            Text(m.Id), m.Name, m.Type.ToString(), Text(m.KeySize), Text(m.ValueSize), Text(m.MaxEntries),
            m.Flags == 0 ? "" : m.Flags.ToString(), m.MemoryBytes is { } bytes ? Text(bytes) : "", Owners(owners, KernelObjectKind.Map, m.Id),
        })]);

    private static (string[], List<string[]>) Links(ObjectOwners owners)
    {
        Dictionary<uint, string> programs = KernelInventory.Programs().ToDictionary(p => p.Id, p => p.Name);
        return (["id", "kind", "attached", "program", "owners"], [.. KernelInventory.Links().Select(l => new[]
        {
            Text(l.Id), l.Kind.ToString(), Where(l), $"{programs.GetValueOrDefault(l.ProgramId, "?")}({l.ProgramId})", Owners(owners, KernelObjectKind.Link, l.Id),
        })]);
    }

    private static (string[], List<string[]>) Types(ObjectOwners owners) =>
        (["id", "name", "bytes", "kernel", "owners"], [.. KernelInventory.Types().Select(t => new[]
        {
            Text(t.Id), t.Name, Text(t.Bytes), t.IsKernel ? "yes" : "", Owners(owners, KernelObjectKind.Types, t.Id),
        })]);

    private static string Where(LinkInfo link)
    {
        List<string> parts = [link.AttachType is { } type ? type.ToString() : link.Kind.ToString()];
        if (link.TargetName is { Length: > 0 } name)
        {
            parts.Add(name);
        }

        if (link.InterfaceIndex != 0)
        {
            parts.Add($"interface {link.InterfaceIndex}");
        }
        else if (link.TargetId != 0)
        {
            parts.Add(Text((long)link.TargetId));
        }

        return string.Join(' ', parts);
    }

    private static string Owners(ObjectOwners owners, KernelObjectKind kind, uint id) =>
        string.Join(' ', owners.Of(kind, id).Select(o => $"{o.Command}({o.ProcessId})"));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
