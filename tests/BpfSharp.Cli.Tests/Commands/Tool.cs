using System.Text.Json;
using BpfSharp.TestSupport;

namespace BpfSharp.Cli.Tests.Commands;

/// <summary>Runs the tool in this process and keeps what it wrote.</summary>
internal sealed class Tool : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bpfsharp-cli-").FullName;

    public string Output { get; private set; } = "";

    public string Error { get; private set; } = "";

    /// <summary>The output as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>A sample's file.</summary>
    public static string Sample(string path) => Path.Combine(TestPaths.Repository, "samples", path);

    /// <summary>A file in a folder that goes with the tool.</summary>
    public string PathOf(string name) => Path.Combine(_folder, name);

    /// <summary>Writes a file there.</summary>
    public string Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }

    /// <summary>Runs a command line and demands its exit code.</summary>
    public Tool Run(int exitCode, params string[] args)
    {
        int actual = RunAny(args);
        Assert.True(actual == exitCode, $"bpfsharp {string.Join(' ', args)} ended with {actual}, not {exitCode}:\n{Output}\n{Error}");
        return this;
    }

    /// <summary>Runs a command line.</summary>
    /// <returns>Its exit code.</returns>
    public int RunAny(params string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = Application.Run(args, output, error);
        Output = output.ToString();
        Error = error.ToString();
        return code;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
