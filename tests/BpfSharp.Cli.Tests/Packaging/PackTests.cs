using System.Diagnostics;
using BpfSharp.TestSupport;

namespace BpfSharp.Cli.Tests.Packaging;

/// <summary>Packs the libraries and the tool, installs them from a local feed into a fresh project, and runs both.</summary>
public sealed class PackTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bpfsharp-pack-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Packages_install_into_a_fresh_project_and_run()
    {
        string feed = Path.Combine(_folder, "feed");
        Run(TestPaths.Repository, "pack", "BpfSharp.slnx", "-c", "Release", "-o", feed, "-v", "q", $"-p:ArtifactsPath={Path.Combine(_folder, "artifacts")}");
        Assert.Contains("BpfSharp.Runtime.0.1.0.nupkg", Directory.EnumerateFiles(feed).Select(Path.GetFileName));

        string project = Path.Combine(_folder, "project");
        Directory.CreateDirectory(project);
        File.WriteAllText(Path.Combine(project, "nuget.config"), $"""
            <configuration>
              <packageSources><clear /><add key="local" value="{feed}" /></packageSources>
            </configuration>
            """);
        File.WriteAllText(Path.Combine(project, "fresh.csproj"), """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
              <ItemGroup><PackageReference Include="BpfSharp.Runtime" Version="0.1.0" /></ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(project, "Program.cs"), """
            using BpfSharp.Hosting;
            using BpfSharp.Objects;
            using BpfSharp.Runtime.Hosting;

            BpfObject source = ObjectAssembler.Assemble(".program p section=xdp\nr0 = 2\nexit");
            using LoadedObject loaded = BpfHost.InProcess.Load(source);
            Console.WriteLine($"returned {loaded.Program("p").Run(new byte[64]).ReturnValue}");
            """);
        Assert.Contains("returned 2", Run(project, "run"), StringComparison.Ordinal);

        string tools = Path.Combine(_folder, "tools");
        Run(project, "tool", "install", "BpfSharp.Tool", "--tool-path", tools, "--version", "0.1.0");
        string tool = Path.Combine(tools, OperatingSystem.IsWindows() ? "bpfsharp.exe" : "bpfsharp");
        Assert.Contains("load balancer", Start(tool, project, ["demo"]), StringComparison.Ordinal);
    }

    private string Run(string folder, params string[] arguments) => Start("dotnet", folder, arguments);

    private string Start(string command, string folder, string[] arguments)
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
        if (command == "dotnet" && arguments[0] == "pack")
        {
            start.Environment.Remove("NUGET_PACKAGES");
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{command} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}\n{error.Result}");
        return output;
    }
}
