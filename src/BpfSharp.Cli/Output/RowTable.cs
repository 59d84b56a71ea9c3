using Spectre.Console;

namespace BpfSharp.Cli.Output;

/// <summary>A plain table: for people with borders, for programs as an array of objects.</summary>
internal static class RowTable
{
    /// <summary>Writes rows under columns; an empty cell is left out of the JSON.</summary>
    public static void Write(Terminal terminal, string[] columns, IReadOnlyList<RowCell[]> rows)
    {
        if (terminal.IsJson)
        {
            terminal.WriteJson(json =>
            {
                json.WriteStartArray();
                foreach (RowCell[] row in rows)
                {
                    json.WriteStartObject();
                    for (int i = 0; i < columns.Length; i++)
                    {
                        if (!row[i].IsEmpty)
                        {
                            json.WritePropertyName(columns[i]);
                            row[i].WriteJson(json);
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

        terminal.Out.Write(Make(columns, rows));
    }

    /// <summary>The table for people. Columns that would be empty throughout are left out.</summary>
    public static Table Make(string[] columns, IReadOnlyList<RowCell[]> rows)
    {
        int[] shown = [.. Enumerable.Range(0, columns.Length).Where(i => rows.Count == 0 || rows.Any(r => !r[i].IsEmpty))];
        Table table = new() { Border = TableBorder.Rounded };
        foreach (int i in shown)
        {
            table.AddColumn(columns[i].EscapeMarkup());
        }

        foreach (RowCell[] row in rows)
        {
            table.AddRow([.. shown.Select(i => row[i].Text.EscapeMarkup())]);
        }

        return table;
    }
}
