namespace BpfSharp.Cli.Tests.Commands;

public sealed class GenTests
{
    [Fact]
    public void A_class_is_written_to_the_terminal_or_a_file()
    {
        using Tool tool = new();
        string firewall = Tool.Sample("c/firewall.o");

        tool.Run(0, "gen", "csharp", firewall, "--no-image", "--namespace", "My.App");
        foreach (string part in (string[])[
            "namespace My.App\n", "public sealed partial class Firewall : ", "IPrefixMap<uint, ulong> Blocked", "IHashMap<ushort, ulong> OpenPorts",
            "LoadedProgram FirewallProgram", "ulong BytesSeen", "namespace My.App.FirewallTypes\n", "partial struct Talker"])
        {
            Assert.Contains(part, tool.Output, StringComparison.Ordinal);
        }

        string text = tool.Output;
        string file = tool.PathOf("Firewall.cs");
        tool.Run(0, "gen", "csharp", firewall, "--no-image", "-n", "My.App", "-o", file);
        Assert.Equal(text.TrimEnd(), File.ReadAllText(file).TrimEnd());
        tool.Run(0, "gen", "csharp", firewall, "--no-image", "-n", "My.App", "--json");
        Assert.Equal(text.TrimEnd(), tool.Json.GetProperty("text").GetString()!.TrimEnd());
        tool.Run(0, "gen", "csharp", firewall, "--class", "Gate", "--internal", "--type", "talker");
        Assert.Contains("internal sealed partial class Gate ", tool.Output, StringComparison.Ordinal);
        Assert.Contains("127, 69, 76, 70", tool.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--namespace|My-App", "no C# name")]
    [InlineData("--class|1st", "no C# name")]
    [InlineData("--type|nothing", "no structure, union or enumeration 'nothing'")]
    public void What_cannot_be_written_is_refused(string arguments, string expected)
    {
        using Tool tool = new();
        tool.Run(2, ["gen", "csharp", Tool.Sample("c/firewall.o"), .. arguments.Split('|')]);
        Assert.Contains(expected, tool.Error, StringComparison.Ordinal);
    }
}
