using Spectre.Console;

namespace BpfSharp.Cli.Output;

/// <summary>A plain table of texts: for people with borders, for programs as an array of objects.</summary>
internal static class RowTable
{
    /// <summary>Writes rows under columns; an empty cell is left out of the JSON.</summary>
    public static void Write(Terminal terminal, string[] columns, IReadOnlyList<string[]> rows)
    {
        if (terminal.IsJson)
        {
            terminal.WriteJson(json =>
            {
                json.WriteStartArray();
                foreach (string[] row in rows)
                {
                    json.WriteStartObject();
                    for (int i = 0; i < columns.Length; i++)
                    {
                        if (row[i].Length > 0)
                        {
                            json.WriteString(columns[i], row[i]);
                        }
                    }

                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
            return;
        }

        if (rows.Count == 0)
        {
            terminal.Error.WriteLine("none");
            return;
        }

        Table table = new() { Border = TableBorder.Rounded };
        foreach (string column in columns)
        {
            table.AddColumn(column.EscapeMarkup());
        }

        foreach (string[] row in rows)
        {
            table.AddRow([.. row.Select(cell => cell.EscapeMarkup())]);
        }

        terminal.Out.Write(table);
    }
}
