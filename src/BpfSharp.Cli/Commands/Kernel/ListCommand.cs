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
            (string[] columns, List<RowCell[]> rows) = parsed.GetRequiredValue(kind) switch
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

    private static (string[], List<RowCell[]>) Programs(ObjectOwners owners)
    {
        ILookup<uint, LinkInfo> links = KernelInventory.Links().ToLookup(l => l.ProgramId);
        Dictionary<uint, string> maps = KernelInventory.Maps().ToDictionary(m => m.Id, m => m.Name);
        return (["id", "name", "type", "attached", "maps", "owners", "loaded", "tag"], [.. KernelInventory.Programs().Select(p => new RowCell[]
        {
            p.Id, p.Name, p.Type.ToString(),
            RowCell.Of([.. links[p.Id]], l => $"{Where(l)} (link {l.Id})", (json, l) =>
            {
                json.WriteStartObject();
                json.WriteString("to", Where(l));
                json.WriteNumber("link", l.Id);
                json.WriteEndObject();
            }),
            RowCell.Of([.. p.MapIds], id => $"{maps.GetValueOrDefault(id, "?")}({id})", (json, id) =>
            {
                json.WriteStartObject();
                json.WriteNumber("id", id);
                json.WriteString("name", maps.GetValueOrDefault(id));
                json.WriteEndObject();
            }),
            Owners(owners, KernelObjectKind.Program, p.Id),
            p.LoadedAt.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), p.Tag,
        })]);
    }

    private static (string[], List<RowCell[]>) Maps(ObjectOwners owners) =>
        (["id", "name", "type", "key", "value", "entries", "flags", "bytes", "owners"], [.. KernelInventory.Maps().Select(m => new RowCell[]
        {
            m.Id, m.Name, m.Type.ToString(), m.KeySize, m.ValueSize, m.MaxEntries,
            m.Flags == 0 ? "" : m.Flags.ToString(), m.MemoryBytes is { } bytes ? bytes : "", Owners(owners, KernelObjectKind.Map, m.Id),
        })]);

    private static (string[], List<RowCell[]>) Links(ObjectOwners owners)
    {
        Dictionary<uint, string> programs = KernelInventory.Programs().ToDictionary(p => p.Id, p => p.Name);
        return (["id", "kind", "attached", "programId", "program", "owners"], [.. KernelInventory.Links().Select(l => new RowCell[]
        {
            l.Id, l.Kind.ToString(), Where(l), l.ProgramId, programs.GetValueOrDefault(l.ProgramId, ""), Owners(owners, KernelObjectKind.Link, l.Id),
        })]);
    }

    private static (string[], List<RowCell[]>) Types(ObjectOwners owners) =>
        (["id", "name", "bytes", "kernel", "owners"], [.. KernelInventory.Types().Select(t => new RowCell[]
        {
            t.Id, t.Name, t.Bytes, t.IsKernel ? "yes" : "", Owners(owners, KernelObjectKind.Types, t.Id),
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
            parts.Add(link.TargetId.ToString(CultureInfo.InvariantCulture));
        }

        return string.Join(' ', parts);
    }

    private static RowCell Owners(ObjectOwners owners, KernelObjectKind kind, uint id) => RowCell.Of(owners.Of(kind, id), o => $"{o.Command}({o.ProcessId})", (json, o) =>
    {
        json.WriteStartObject();
        json.WriteNumber("process", o.ProcessId);
        json.WriteString("command", o.Command);
        json.WriteEndObject();
    });
}
