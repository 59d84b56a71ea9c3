using System.Text.Json;
using System.Text.RegularExpressions;
using BpfSharp.TestSupport;

namespace BpfSharp.Cli.Tests.Commands;

public partial class VerifyTests
{
    private const string Ring = """
        .license GPL
        .map ring type=RingBuffer entries=4096
        .program send section=tc
            r1 = map[ring]
            r2 = 8
            r3 = 0
            call bpf_ringbuf_reserve
            if r0 == 0 goto out
            r1 = r0
            r2 = 0
            call bpf_ringbuf_discard
        out:
            r0 = 0
            exit
        """;

    [Fact]
    public void An_older_kernel_is_told_from_a_newer()
    {
        using Tool tool = new();
        string file = tool.Write("ring.bpf", Ring);

        Assert.Contains("loads since Linux 5.8", tool.Run(0, "verify", file).Output, StringComparison.Ordinal);
        tool.Run(0, "verify", file, "--kernel", "5.10");
        tool.Run(1, "verify", file, "--kernel", "5.4");
        Assert.Contains("BPF2502", tool.Output, StringComparison.Ordinal);
        Assert.Contains("bpf_ringbuf_reserve", tool.Output, StringComparison.Ordinal);
        Assert.Contains("5.8 or later", tool.Output, StringComparison.Ordinal);
        Assert.Contains("was not compared with such a kernel", tool.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_holds_the_first_release_and_the_needs()
    {
        using Tool tool = new();
        string file = tool.Write("ring.bpf", Ring);

        JsonElement document = tool.Run(1, "verify", file, "--kernel", "5.4", "--json").Json;

        Assert.Equal("5.4", document.GetProperty("kernel").GetString());
        Assert.False(document.GetProperty("measured").GetBoolean());
        JsonElement program = document.GetProperty("programs")[0];
        Assert.Equal("rejected", program.GetProperty("verdict").GetString());
        Assert.Equal("5.8", program.GetProperty("firstRelease").GetString());
        Assert.Contains(program.GetProperty("needs").EnumerateArray(), need => need.GetProperty("what").GetString() == "bpf_ringbuf_reserve");
        Assert.All(program.GetProperty("findings").EnumerateArray(), f => Assert.Equal("BPF2502", f.GetProperty("id").GetString()));
    }

    public static TheoryData<string, string> Explained => new()
    {
        { "mistakes", "" }, { "licence", "" }, { "mistakes", "5.10" },
    };

    /// <summary>What a new user reads: BPFSHARP_BLESS=1 writes the texts, for the eye to judge.</summary>
    [Theory]
    [MemberData(nameof(Explained))]
    public void The_explanation_is_the_text_people_read(string name, string kernel)
    {
        string folder = Path.Combine(TestPaths.Repository, "tests", "data", "verifier");
        string[] target = kernel.Length > 0 ? ["--kernel", kernel] : [];
        using Tool tool = new();
        tool.Run(1, ["verify", Path.Combine(folder, name + ".o"), "--explain", .. target]);
        string text = Cost().Replace(tool.Output.ReplaceLineEndings("\n"), "");
        string golden = Path.Combine(folder, $"{name}{(kernel.Length > 0 ? "." + kernel : "")}.txt");
        if (Environment.GetEnvironmentVariable("BPFSHARP_BLESS") is "1")
        {
            File.WriteAllText(golden, text);
        }

        Assert.Equal(File.ReadAllText(golden).ReplaceLineEndings("\n"), text);
    }

    [GeneratedRegex(@"  \d+ instructions walked in [\d.]+ ms")]
    private static partial Regex Cost();

    [Theory]
    [InlineData("--kernel 5.x", "not a release")]
    [InlineData("--btf /nowhere/vmlinux", "no such file")]
    [InlineData("--mode whatever", "whatever")]
    public void A_wrong_target_is_explained(string arguments, string expected)
    {
        using Tool tool = new();
        string file = tool.Write("ring.bpf", Ring);

        tool.Run(2, ["verify", file, .. arguments.Split(' ')]);

        Assert.Contains(expected, tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_running_kernel_may_be_asked()
    {
        Assert.SkipUnless(File.Exists("/sys/kernel/btf/vmlinux"), "this kernel shows no types (/sys/kernel/btf/vmlinux)");
        using Tool tool = new();
        string file = tool.Write("ring.bpf", Ring);

        Assert.Contains("(running)", tool.Run(0, "verify", file, "--kernel", "running").Output, StringComparison.Ordinal);
        Assert.Contains("by the types of vmlinux", tool.Run(0, "verify", file, "--btf", "/sys/kernel/btf/vmlinux").Output, StringComparison.Ordinal);
    }
}
