using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace BpfSharp.Cli.Output;

/// <summary>Where a verb writes: text with colour on a terminal, plain text when piped, or one JSON document.</summary>
internal sealed class Terminal
{
    private static readonly JsonWriterOptions s_indented = new() { Indented = true };

    private readonly TextWriter _output;

    public Terminal(TextWriter output, TextWriter error, bool json)
    {
        _output = output;
        IsJson = json;
        Out = Create(output, Console.IsOutputRedirected || output != Console.Out);
        Error = Create(error, Console.IsErrorRedirected || error != Console.Error);
    }

    /// <summary>Whether the result is to be JSON.</summary>
    public bool IsJson { get; }

    /// <summary>Results for people.</summary>
    public IAnsiConsole Out { get; }

    /// <summary>Progress and problems for people.</summary>
    public IAnsiConsole Error { get; }

    /// <summary>Writes a line of result as it is, without markup or wrapping.</summary>
    public void WriteLine(string line = "") => _output.WriteLine(line);

    /// <summary>Tells of something that is probably not meant, where problems go.</summary>
    public void Warn(string text) => Error.MarkupLineInterpolated($"[yellow]warning[/] {text}");

    /// <summary>Writes the JSON document.</summary>
    /// <param name="write">Writes one value.</param>
    public void WriteJson(Action<Utf8JsonWriter> write)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, s_indented))
        {
            write(writer);
        }

        _output.WriteLine(Encoding.UTF8.GetString(stream.ToArray()));
    }

    /// <summary>Writes an object as one line of JSON, for verbs without end.</summary>
    /// <param name="write">Writes the members.</param>
    public void WriteJsonLine(Action<Utf8JsonWriter> write)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        _output.WriteLine(Encoding.UTF8.GetString(stream.ToArray()));
    }

    private static IAnsiConsole Create(TextWriter writer, bool redirected)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = redirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = redirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (redirected)
        {
            // Nobody's window: do not fold tables.
            console.Profile.Width = 240;
        }

        return console;
    }
}
