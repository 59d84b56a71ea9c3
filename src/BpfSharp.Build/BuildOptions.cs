using System.Globalization;

namespace BpfSharp.Build;

/// <summary>What the targets pass.</summary>
internal sealed record BuildOptions
{
    /// <summary>The assembly, compiled already.</summary>
    public required string Assembly { get; init; }

    /// <summary>File that is written when all went well.</summary>
    public string? Stamp { get; init; }

    /// <summary>Where findings without a line point to.</summary>
    public string Project { get; init; } = "BpfSharp";

    /// <summary>Directories of the referenced assemblies.</summary>
    public IReadOnlyList<string> References { get; init; } = [];

    /// <summary>Directory for the objects as files; <see langword="null"/> for none.</summary>
    public string? Objects { get; init; }

    /// <summary>Cpu level, 1 to 4.</summary>
    public int Cpu { get; init; } = 3;

    /// <summary>Whether the verifier judges the programs.</summary>
    public bool Verify { get; init; } = true;

    /// <summary>Reads a command line of pairs.</summary>
    /// <exception cref="ArgumentException">An argument is unknown or missing.</exception>
    public static BuildOptions Parse(ReadOnlySpan<string> arguments)
    {
        Dictionary<string, string> values = [];
        for (int i = 0; i < arguments.Length; i += 2)
        {
            if (i + 1 >= arguments.Length || !arguments[i].StartsWith("--", StringComparison.Ordinal))
            {
                throw new ArgumentException($"'{arguments[i]}' is no option with a value");
            }

            values[arguments[i][2..]] = arguments[i + 1];
        }

        string[] known = ["assembly", "stamp", "project", "references", "objects", "cpu", "verify"];
        if (values.Keys.FirstOrDefault(k => !known.Contains(k)) is { } unknown)
        {
            throw new ArgumentException($"no option --{unknown}; there are --{string.Join(", --", known)}");
        }

        return new BuildOptions
        {
            Assembly = values.GetValueOrDefault("assembly") ?? throw new ArgumentException("--assembly is missing"),
            Stamp = values.GetValueOrDefault("stamp"),
            Project = values.GetValueOrDefault("project", "BpfSharp"),
            References = ReadDirectories(values.GetValueOrDefault("references")),
            Objects = values.GetValueOrDefault("objects"),
            Cpu = int.Parse(values.GetValueOrDefault("cpu", "3"), CultureInfo.InvariantCulture),
            Verify = bool.Parse(values.GetValueOrDefault("verify", "true")),
        };
    }

    // A file with a referenced assembly per line: their directories are what the compiler wants.
    private static string[] ReadDirectories(string? file) => file is null
        ? []
        : [.. File.ReadLines(file).Where(l => l.Length > 0).Select(l => Path.GetDirectoryName(Path.GetFullPath(l))!).Distinct()];
}
