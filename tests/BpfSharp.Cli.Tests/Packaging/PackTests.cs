using BpfSharp.TestSupport;

namespace BpfSharp.Cli.Tests.Packaging;

/// <summary>What a newcomer does with the packages: install, build, run.</summary>
public sealed partial class PackTests(PackageFeed feed) : IClassFixture<PackageFeed>
{
    [Fact]
    public void The_runtime_runs_a_program_in_a_fresh_project()
    {
        Assert.Contains("BpfSharp.Runtime.0.1.0.nupkg", Directory.EnumerateFiles(feed.Feed).Select(Path.GetFileName));
        string project = feed.Fresh("runtime", ("fresh.csproj", PackageFeed.Project("BpfSharp.Runtime")), ("Program.cs", """
            using BpfSharp.Hosting;
            using BpfSharp.Objects;
            using BpfSharp.Runtime.Hosting;

            BpfObject source = ObjectAssembler.Assemble(".program p section=xdp\nr0 = 2\nexit");
            using LoadedObject loaded = BpfHost.InProcess.Load(source);
            Console.WriteLine($"returned {loaded.Program("p").Run(new byte[64]).ReturnValue}");
            """));
        Assert.Contains("returned 2", feed.Run(project, "run"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_tool_installs_and_runs_the_demo()
    {
        string project = feed.Fresh("tool");
        string tools = feed.Place("tools");
        feed.Run(project, "tool", "install", "BpfSharp.Tool", "--tool-path", tools, "--version", "0.1.0");
        (int code, string output) = feed.Start(Path.Combine(tools, OperatingSystem.IsWindows() ? "bpfsharp.exe" : "bpfsharp"), project, "demo");
        Assert.True(code == 0, output);
        Assert.Contains("load balancer", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_clang_object_as_an_item_becomes_a_class()
    {
        string project = feed.Fresh("object",
            ("object.csproj", PackageFeed.Project("BpfSharp.Build", """<BpfObject Include="firewall.bpf.o" Types="talker" />""")),
            ("Program.cs", """
                using BpfSharp.Hosting;
                using BpfSharp.Runtime.Hosting;
                using Object;

                FirewallSource source = Firewall.Open();
                source.BytesSeen = 40;
                using Firewall firewall = source.Load(BpfHost.InProcess);
                firewall.FirewallProgram.Run(new byte[60]);
                Console.WriteLine($"seen {firewall.BytesSeen}, {firewall.Talkers.CountEntries()} talkers");
                """));
        File.Copy(Path.Combine(TestPaths.Repository, "samples", "c", "firewall.o"), Path.Combine(project, "firewall.bpf.o"));
        Assert.Contains("seen 100, 0 talkers", feed.Run(project, "run", "-p:RootNamespace=Object"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bpfsharp-xdp")]
    [InlineData("bpfsharp-trace")]
    [InlineData("bpfsharp-inprocess")]
    public void A_template_builds_and_its_programs_are_accepted(string template)
    {
        string project = feed.Fresh(template);
        string hive = feed.Place("hive-" + template);
        feed.Run(project, "new", "install", Path.Combine(feed.Feed, "BpfSharp.Templates.0.1.0.nupkg"), "--debug:custom-hive", hive);
        feed.Run(project, "new", template, "-n", "App", "-o", project, "--debug:custom-hive", hive);
        if (template == "bpfsharp-inprocess")
        {
            Assert.Contains("1 frames", feed.Run(project, "run"), StringComparison.Ordinal);
            return;
        }

        string built = feed.Run(project, "build");
        Assert.DoesNotContain("warning", built.Replace("0 Warning(s)", "", StringComparison.Ordinal), StringComparison.Ordinal);

        // Built means compiled and verified; the object in it is asked for by the tool.
        string assembly = Directory.GetFiles(Path.Combine(project, "bin"), "App.dll", SearchOption.AllDirectories)[0];
        using Commands.Tool tool = new();
        tool.Run(0, "verify", assembly);
        Assert.Contains("accepted", tool.Output, StringComparison.OrdinalIgnoreCase);
    }
}
