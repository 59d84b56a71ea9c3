using System.Diagnostics;
using BpfSharp.TestSupport;

namespace BpfSharp.Cli.Tests.Packaging;

/// <summary>The packages of this repository in a feed of their own, and fresh projects that take them from there.</summary>
public sealed class PackageFeed : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bpfsharp-pack-").FullName;

    public PackageFeed()
    {
        Feed = Path.Combine(_folder, "feed");
        Run(TestPaths.Repository, "pack", "BpfSharp.slnx", "-c", "Release", "-o", Feed, "-v", "q", $"-p:ArtifactsPath={Path.Combine(_folder, "artifacts")}");
    }

    /// <summary>The folder of packages.</summary>
    public string Feed { get; }

    /// <summary>A path inside the folder that ends with the feed.</summary>
    public string Place(string name) => Path.Combine(_folder, name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A folder in which packages come from the feed alone, with files in it.</summary>
    public string Fresh(string name, params ReadOnlySpan<(string Name, string Text)> files)
    {
        string project = Path.Combine(_folder, name);
        Directory.CreateDirectory(project);
        File.WriteAllText(Path.Combine(project, "nuget.config"), $"""
            <configuration>
              <packageSources><clear /><add key="local" value="{Feed}" /></packageSources>
            </configuration>
            """);
        foreach ((string file, string text) in files)
        {
            File.WriteAllText(Path.Combine(project, file), text);
        }

        return project;
    }

    /// <summary>A project file with one package reference.</summary>
    public static string Project(string package, string items = "", string type = "Exe") => $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup><OutputType>{type}</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
          <ItemGroup><PackageReference Include="{package}" Version="0.1.0" />{items}</ItemGroup>
        </Project>
        """;

    /// <summary>Runs the SDK; the test fails if it does.</summary>
    public string Run(string folder, params string[] arguments)
    {
        (int code, string output) = Start("dotnet", folder, arguments);
        Assert.True(code == 0, $"dotnet {string.Join(' ', arguments)} ended with {code}:\n{output}");
        return output;
    }

    /// <summary>Runs a command; the exit code and what it wrote.</summary>
    public (int Code, string Output) Start(string command, string folder, params string[] arguments)
    {
        ProcessStartInfo start = new(command, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // A package cache of its own: an older build of the same version must not be taken.
        start.Environment["NUGET_PACKAGES"] = Path.Combine(_folder, "packages");
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_CLI_HOME"] = Path.Combine(_folder, "home");
        start.Environment["MSBUILDTERMINALLOGGER"] = "off";
        if (command == "dotnet" && arguments[0] == "pack")
        {
            start.Environment.Remove("NUGET_PACKAGES");
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }
}
