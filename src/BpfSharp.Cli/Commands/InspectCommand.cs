using System.CommandLine;
using System.Globalization;
using BpfSharp.Cli.Output;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Maps;
using BpfSharp.Objects;
using Spectre.Console;

namespace BpfSharp.Cli.Commands;

/// <summary><c>bpfsharp inspect</c>: what an object holds and what it needs.</summary>
internal static class InspectCommand
{
    public static Command Create(Func<ParseResult, Terminal> open)
    {
        Argument<FileInfo> file = CommonOptions.Object();
        Command command = new("inspect", "Show what an object holds: programs, maps, globals, and what it needs from the kernel.") { file };
        command.SetAction(parsed =>
        {
            Terminal terminal = open(parsed);
            BpfObject source = ObjectFile.Open(parsed.GetRequiredValue(file));
            if (terminal.IsJson)
            {
                WriteJson(terminal, source);
            }
            else
            {
                WriteText(terminal, source);
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static void WriteText(Terminal terminal, BpfObject source)
    {
        IAnsiConsole console = terminal.Out;
        console.MarkupLineInterpolated($"[bold]{source.Name}[/]  licence {(source.License.Length > 0 ? source.License : "none")}{(source.Btf is null ? ", no BTF" : "")}");
        Table programs = NewTable("program", "section", "type", "instructions", "subprograms", "CO-RE", "helpers");
        foreach (ProgramSpec p in source.Programs)
        {
            programs.AddRow(
                Cell(p.Name),
                Cell(p.Section),
                Cell(p.AttachType is { } attach && attach.ToString() != p.Type.ToString() ? $"{p.Type}/{attach}" : p.Type.ToString()),
                Number(p.Instructions.Length),
                Number(Math.Max(0, p.Subprograms.Length - 1)),
                Number(p.CoreRelocations.Length),
                Cell(string.Join(' ', Helpers(p))));
        }

        console.Write(programs);
        if (source.Maps.Count > 0)
        {
            Table maps = NewTable("map", "type", "key", "value", "entries", "flags", "for");
            foreach (MapSpec m in source.Maps)
            {
                maps.AddRow(
                    Cell(m.Name), Cell(m.Type.ToString()), Number(m.KeySize), Number(m.ValueSize),
                    Number(m.MaxEntries), Cell(m.Flags == MapFlags.None ? "" : m.Flags.ToString()), Cell(Purpose(m)));
            }

            console.Write(maps);
        }

        if (source.Globals.Count > 0)
        {
            Table globals = NewTable("global", "in", "offset", "bytes", "value before load");
            foreach (GlobalVariable g in source.Globals)
            {
                globals.AddRow(Cell(g.Name), Cell(g.Map.Name), Number(g.ByteOffset), Number(g.Size), Cell(ValueText(g)));
            }

            console.Write(globals);
        }

        if (source.Externs.Count + source.Kconfig.Count > 0)
        {
            Table externs = NewTable("needs from the kernel", "kind", "weak");
            foreach (ExternSpec e in source.Externs)
            {
                externs.AddRow(Cell(e.Name), Cell(e.Kind.ToString()), Cell(e.IsWeak ? "yes" : ""));
            }

            foreach (KconfigSpec k in source.Kconfig)
            {
                externs.AddRow(Cell(k.Name), Cell("Kconfig"), Cell(k.IsWeak ? "yes" : ""));
            }

            console.Write(externs);
        }
    }

    private static void WriteJson(Terminal terminal, BpfObject source) => terminal.WriteJson(json =>
    {
        json.WriteStartObject();
        json.WriteString("name", source.Name);
        json.WriteString("license", source.License);
        json.WriteBoolean("btf", source.Btf is not null);
        json.WriteStartArray("programs");
        foreach (ProgramSpec p in source.Programs)
        {
            json.WriteStartObject();
            json.WriteString("name", p.Name);
            json.WriteString("section", p.Section);
            json.WriteString("type", p.Type.ToString());
            json.WriteString("attachType", p.AttachType?.ToString());
            json.WriteString("attachTarget", p.AttachTarget);
            json.WriteNumber("instructions", p.Instructions.Length);
            json.WriteNumber("coreRelocations", p.CoreRelocations.Length);
            json.WriteStartArray("subprograms");
            foreach (Subprogram s in p.Subprograms.Skip(1))
            {
                json.WriteStringValue(s.Name);
            }

            json.WriteEndArray();
            json.WriteStartArray("helpers");
            foreach (string helper in Helpers(p))
            {
                json.WriteStringValue(helper);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("maps");
        foreach (MapSpec m in source.Maps)
        {
            json.WriteStartObject();
            json.WriteString("name", m.Name);
            json.WriteString("type", m.Type.ToString());
            json.WriteNumber("keySize", m.KeySize);
            json.WriteNumber("valueSize", m.ValueSize);
            json.WriteNumber("maxEntries", m.MaxEntries);
            json.WriteNumber("flags", (uint)m.Flags);
            json.WriteString("role", m.Role.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("globals");
        foreach (GlobalVariable g in source.Globals)
        {
            json.WriteStartObject();
            json.WriteString("name", g.Name);
            json.WriteString("map", g.Map.Name);
            json.WriteNumber("offset", g.ByteOffset);
            json.WriteNumber("size", g.Size);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("externs");
        foreach (ExternSpec e in source.Externs)
        {
            json.WriteStartObject();
            json.WriteString("name", e.Name);
            json.WriteString("kind", e.Kind.ToString());
            json.WriteBoolean("weak", e.IsWeak);
            json.WriteEndObject();
        }

        foreach (KconfigSpec k in source.Kconfig)
        {
            json.WriteStartObject();
            json.WriteString("name", k.Name);
            json.WriteString("kind", "Kconfig");
            json.WriteBoolean("weak", k.IsWeak);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static SortedSet<string> Helpers(ProgramSpec program)
    {
        SortedSet<string> names = [];
        for (int slot = 0; slot < program.Instructions.Length;)
        {
            DecodedInstruction instruction = DecodedInstruction.Decode(program.Instructions.AsSpan(), slot);
            if (instruction.Op == Op.CallHelper)
            {
                names.Add(HelperTable.Find((int)instruction.Imm)?.Name ?? instruction.Imm.ToString(CultureInfo.InvariantCulture));
            }

            slot += instruction.Slots;
        }

        return names;
    }

    private static string Purpose(MapSpec map) => map.Role switch
    {
        MapRole.User => map.InnerMap is { } inner ? $"maps of {inner.Type} {inner.KeySize}/{inner.ValueSize}" : map.Pinning == 1 ? "pinned by name" : "",
        MapRole.Data or MapRole.Bss => "globals",
        MapRole.ReadOnlyData => "constants",
        MapRole.Kconfig => "kernel configuration",
        MapRole.StructOps => "kernel operations",
        _ => "",
    };

    private static string ValueText(GlobalVariable global)
    {
        ReadOnlySpan<byte> bytes = global.InitialBytes;
        if (bytes.Length > 16)
        {
            return bytes.IndexOfAnyExcept((byte)0) < 0 ? "zeros" : Convert.ToHexStringLower(bytes[..16]) + "…";
        }

        return bytes.Length is 1 or 2 or 4 or 8 ? GlobalValue.Format(bytes) : Convert.ToHexStringLower(bytes);
    }

    private static Table NewTable(params string[] columns)
    {
        Table table = new() { Border = TableBorder.Rounded };
        foreach (string column in columns)
        {
            table.AddColumn(new TableColumn(column.EscapeMarkup()));
        }

        return table;
    }

    private static Markup Cell(string text) => new(text.EscapeMarkup());

    private static Markup Number(long value) => new(value.ToString(CultureInfo.InvariantCulture));
}
