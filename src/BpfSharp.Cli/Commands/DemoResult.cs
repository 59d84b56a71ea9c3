using System.Globalization;
using System.Text.Json;
using BpfSharp.Cli.Output;
using Spectre.Console;

namespace BpfSharp.Cli.Commands;

/// <summary>What one program of the demo did.</summary>
internal sealed class DemoResult(string name, string about, string engine)
{
    public long Packets { get; set; }

    public TimeSpan PerPacket { get; set; }

    public SortedDictionary<string, long> Verdicts { get; } = new(StringComparer.Ordinal);

    public List<(string Name, long Value)> Counters { get; } = [];

    public List<(string Title, string[] Columns, List<string[]> Rows)> Tables { get; } = [];

    /// <summary>Shows verdicts, counters and tables side by side.</summary>
    public void WriteText(Terminal terminal)
    {
        terminal.Out.WriteLine();
        terminal.Out.MarkupLineInterpolated($"[bold]{name}[/]  {about}");
        terminal.Out.MarkupLineInterpolated($"[grey]{Packets} packets, {PerPacket.TotalNanoseconds:f0} ns per packet, {engine}[/]");
        List<Spectre.Console.Rendering.IRenderable> parts = [MakeTable("verdicts", ["verdict", "packets"], Verdicts
            .OrderByDescending(v => v.Value)
            .Select(v => new[] { v.Key, v.Value.ToString(CultureInfo.InvariantCulture) }))];
        if (Counters.Count > 0)
        {
            parts.Add(MakeTable("counters", ["reason", "packets"], Counters.Select(c => new[] { c.Name, c.Value.ToString(CultureInfo.InvariantCulture) })));
        }

        parts.AddRange(Tables.Select(t => MakeTable(t.Title, t.Columns, t.Rows)));
        terminal.Out.Write(new Columns(parts) { Expand = false });
    }

    /// <summary>Writes a property with the same facts.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject(name);
        json.WriteString("engine", engine);
        json.WriteNumber("packets", Packets);
        json.WriteNumber("nanosecondsPerPacket", PerPacket.TotalNanoseconds);
        WriteNumbers(json, "verdicts", Verdicts.Select(v => (v.Key, v.Value)));
        WriteNumbers(json, "counters", Counters);
        foreach ((string title, string[] columns, List<string[]> rows) in Tables)
        {
            json.WriteStartArray(title);
            foreach (string[] row in rows)
            {
                json.WriteStartObject();
                for (int i = 0; i < columns.Length; i++)
                {
                    json.WriteString(columns[i], row[i]);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string property, IEnumerable<(string Name, long Value)> numbers)
    {
        json.WriteStartObject(property);
        foreach ((string key, long value) in numbers)
        {
            json.WriteNumber(key, value);
        }

        json.WriteEndObject();
    }

    private static Table MakeTable(string title, string[] columns, IEnumerable<string[]> rows)
    {
        Table table = new() { Border = TableBorder.Rounded, Title = new TableTitle(title.EscapeMarkup()) };
        for (int i = 0; i < columns.Length; i++)
        {
            TableColumn column = new(columns[i].EscapeMarkup());
            table.AddColumn(i == 0 ? column : column.RightAligned());
        }

        foreach (string[] row in rows)
        {
            table.AddRow([.. row.Select(c => c.EscapeMarkup())]);
        }

        return table;
    }
}
