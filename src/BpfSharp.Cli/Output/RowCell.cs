using System.Globalization;
using System.Text.Json;

namespace BpfSharp.Cli.Output;

/// <summary>A cell of a table: a text for people, a JSON value for programs. Texts become strings, numbers numbers.</summary>
internal readonly struct RowCell
{
    private readonly Action<Utf8JsonWriter>? _json;

    private RowCell(string text, Action<Utf8JsonWriter>? json)
    {
        Text = text;
        _json = json;
    }

    /// <summary>What people see; empty for nothing.</summary>
    public string Text { get; }

    /// <summary>Whether there is nothing to write.</summary>
    public bool IsEmpty => Text.Length == 0;

    public static implicit operator RowCell(string text) => new(text, null);

    public static implicit operator RowCell(long number) => new(number.ToString(CultureInfo.InvariantCulture), json => json.WriteNumberValue(number));

    /// <summary>A number with some digits behind the point.</summary>
    public static RowCell Of(double number, int digits) => new(
        number.ToString("f" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
        json => json.WriteNumberValue(Math.Round(number, digits)));

    /// <summary>Several things: their texts in a row, an array in JSON.</summary>
    /// <param name="items">The things.</param>
    /// <param name="text">What people see of one.</param>
    /// <param name="write">Writes one as a JSON value.</param>
    public static RowCell Of<T>(IReadOnlyList<T> items, Func<T, string> text, Action<Utf8JsonWriter, T> write) => new(
        string.Join(' ', items.Select(text)),
        json =>
        {
            json.WriteStartArray();
            foreach (T item in items)
            {
                write(json, item);
            }

            json.WriteEndArray();
        });

    /// <summary>Writes the JSON value.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        if (_json is null)
        {
            json.WriteStringValue(Text);
        }
        else
        {
            _json(json);
        }
    }
}
