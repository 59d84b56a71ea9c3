using System.Diagnostics;
using BpfSharp.TestSupport;

namespace BpfSharp.Build.Tests;

/// <summary>Samples as people start them: <c>dotnet run FILE.cs</c>, built by the SDK with our targets.</summary>
public sealed class DotnetRunTests
{
    private static readonly string s_samples = Path.Combine(TestPaths.Repository, "samples", "csharp");

    [Fact]
    public void A_sample_is_built_and_run_by_its_file_name()
    {
        (int code, string output) = Run(s_samples, "firewall.cs", "192.0.2.7", Path.Combine(TestPaths.Repository, "samples", "data", "demo.pcap"));
        Assert.True(code == 0, output);
        Assert.Contains("packets", output, StringComparison.Ordinal);

        // Two samples do not share an output folder.
        Assert.False(Directory.Exists(Path.Combine(TestPaths.Repository, "artifacts", "bin", "debug")), "samples are built into a shared folder");
    }

    [Fact]
    public void A_mistake_in_a_file_is_an_error_at_its_line_and_no_noise()
    {
        string folder = Directory.CreateTempSubdirectory("bpfsharp-run-").FullName;
        string file = Path.Combine(folder, "mistake.cs");
        foreach (string import in (string[])["Directory.Build.props", "Directory.Build.targets"])
        {
            File.WriteAllText(Path.Combine(folder, import), $"""
                <Project><Import Project="{Path.Combine(s_samples, import)}" /></Project>
                """);
        }

        File.WriteAllText(file, """
            using BpfSharp.Language;

            System.Console.WriteLine("never");

            [BpfObject]
            static class Mistake
            {
                static readonly HashMap<uint, ulong> s_map = new(maxEntries: 1);

                [Xdp]
                public static XdpAction Run(XdpContext ctx)
                {
                    ref ulong value = ref s_map.Find(1, out _);
                    value++;
                    return XdpAction.Pass;
                }
            }
            """);
        try
        {
            (int code, string output) = Run(folder, "mistake.cs");
            Assert.NotEqual(0, code);
            Assert.Contains("mistake.cs(14,", output, StringComparison.Ordinal);
            Assert.Contains("error BPF2", output, StringComparison.Ordinal);
            Assert.Contains("BPF4024", output, StringComparison.Ordinal);
            Assert.DoesNotContain("MSB3", output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (int Code, string Output) Run(string folder, string sample, params string[] args)
    {
        ProcessStartInfo start = new("dotnet", ["run", "-p:RunAnalyzers=false", sample, "--", .. args])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";

        // What the test runner's own SDK set for itself does not concern this one.
        start.Environment.Remove("MSBuildSDKsPath");
        start.Environment.Remove("MSBUILD_EXE_PATH");
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.GetAwaiter().GetResult());
    }
}
