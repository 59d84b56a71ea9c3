using System.Text.Json;
using BpfSharp.Packets;

namespace BpfSharp.Cli.Tests.Commands;

public class ToolTests
{
    private const string Counter = """
        .map hits type=array key=4 value=8 entries=4
        .program count section=xdp
            *(u32 *)(r10 -4) = 1
            r1 = map[hits]
            r2 = r10
            r2 += -4
            call bpf_map_lookup_elem
            if r0 == 0 goto out
            r1 = 1
            lock *(u64 *)(r0 +0) += r1
        out:
            r0 = 2
            exit
        """;

    public static TheoryData<string, int, string> Usage => new()
    {
        // arguments                                exit  stderr holds
        { "", 2, "--help" },
        { "frobnicate", 2, "frobnicate" },
        { "run", 2, "OBJ" },
        { "inspect /nowhere/x.o", 2, "no such file" },
        { "run FIREWALL --program nothing", 2, "it has: firewall" },
        { "run FIREWALL --set nothing=1", 2, "no global 'nothing'" },
        { "run FIREWALL --set closed_by_default=300", 2, "does not fit the 1 bytes" },
        { "run FIREWALL --interpreter --jit", 2, "exclude" },
        { "run FIREWALL --repeat 0", 2, "--repeat" },
        { "run FIREWALL --packet xyz", 2, "not hexadecimal" },
        { "disasm FIREWALL --cfg png", 2, "png" },
        { "inspect CAPTURE", 1, "BPF14" },
        { "run FIREWALL --pcap FIREWALL", 1, "BPF1501" },
    };

    [Theory]
    [MemberData(nameof(Usage))]
    public void A_mistake_is_explained_on_stderr(string arguments, int exit, string expected)
    {
        using Tool tool = new();
        string line = arguments.Replace("FIREWALL", Tool.Sample("c/firewall.o"), StringComparison.Ordinal)
            .Replace("CAPTURE", Tool.Sample("data/demo.pcap"), StringComparison.Ordinal);

        tool.Run(exit, line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Contains(expected, tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_names_every_verb_and_the_exit_codes()
    {
        using Tool tool = new();

        tool.Run(0, "--help");

        foreach (string word in (string[])["run", "inspect", "disasm", "verify", "demo", "Exit codes"])
        {
            Assert.Contains(word, tool.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Inspect_shows_programs_maps_and_globals()
    {
        using Tool tool = new();

        tool.Run(0, "inspect", Tool.Sample("c/firewall.o"));
        Assert.Contains("talkers", tool.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\x1b", tool.Output, StringComparison.Ordinal);

        tool.Run(0, "inspect", Tool.Sample("c/firewall.o"), "--json");
        Assert.Equal("firewall", tool.Json.GetProperty("programs")[0].GetProperty("name").GetString());
        Assert.Equal(7, tool.Json.GetProperty("maps").GetArrayLength());
    }

    [Fact]
    public void Disasm_shows_source_lines_and_graphs()
    {
        using Tool tool = new();

        tool.Run(0, "disasm", Tool.Sample("c/firewall.o"));
        Assert.Contains("; if ((void *)(eth + 1) > end) @", tool.Output, StringComparison.Ordinal);
        Assert.Contains("firewall.c:", tool.Output, StringComparison.Ordinal);
        Assert.Contains("call refuse", tool.Output, StringComparison.Ordinal);

        tool.Run(0, "disasm", Tool.Sample("c/firewall.o"), "--cfg", "dot");
        Assert.StartsWith("digraph \"firewall\"", tool.Output, StringComparison.Ordinal);
        tool.Run(0, "disasm", Tool.Sample("c/firewall.o"), "--cfg", "svg", "-o", tool.PathOf("f.svg"));
        Assert.StartsWith("<svg", File.ReadAllText(tool.PathOf("f.svg")), StringComparison.Ordinal);
    }

    [Fact]
    public void Asm_writes_an_object_that_the_other_verbs_read()
    {
        using Tool tool = new();
        string text = tool.Write("counter.bpf", Counter);

        tool.Run(0, "asm", text, "-o", tool.PathOf("counter.o"));
        tool.Run(0, "disasm", tool.PathOf("counter.o"));
        Assert.Contains("r1 = map[hits]", tool.Output, StringComparison.Ordinal);

        tool.Run(0, "asm", tool.Write("raw.bpf", "r0 = 1\nexit"));
        Assert.Equal("b700000001000000\n9500000000000000\n", tool.Output.ReplaceLineEndings("\n"));

        tool.Run(2, "asm", text);
        Assert.Contains("--output", tool.Error, StringComparison.Ordinal);
        tool.Run(1, "asm", tool.Write("wrong.bpf", "r0 = banana"));
        Assert.Contains("line 1", tool.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--interpreter")]
    [InlineData("--jit")]
    [InlineData("--repeat", "3")]
    public void Run_shows_the_verdict_and_the_maps(params string[] options)
    {
        using Tool tool = new();
        string text = tool.Write("counter.bpf", Counter);
        string map = tool.Write("hits.txt", "# start value\n1 40\n");

        tool.Run(0, ["run", text, "--packet", "00 01 02 03 04 05 06 07 08 09 0a 0b 08 00", "--map", $"hits={map}", .. options]);

        Assert.Contains("2 (XDP_PASS)", tool.Output, StringComparison.Ordinal);
        Assert.Contains($"1 = {(options.Length == 2 ? 43 : 41)}", tool.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_over_a_capture_counts_verdicts_and_writes_what_passes()
    {
        using Tool tool = new();
        string text = tool.Write("short.bpf", """
            .program keep_long section=xdp
                r2 = *(u32 *)(r1 +0)
                r3 = *(u32 *)(r1 +4)
                r3 -= r2
                r0 = 1
                if r3 < 100 goto out
                r0 = 2
            out:
                exit
            """);

        tool.Run(0, "run", text, "--pcap", Tool.Sample("data/demo.pcap"), "--out", tool.PathOf("out.pcap"), "--json");

        JsonElement verdicts = tool.Json.GetProperty("verdicts");
        long passed = verdicts.GetProperty("XDP_PASS").GetProperty("packets").GetInt64();
        Assert.Equal(1789, passed + verdicts.GetProperty("XDP_DROP").GetProperty("packets").GetInt64());
        using CaptureReader reader = CaptureReader.Open(tool.PathOf("out.pcap"));
        List<CapturedPacket> written = [.. reader.ReadAll()];
        Assert.Equal(passed, written.Count);
        Assert.All(written, packet => Assert.True(packet.Data.Length >= 100));

        // Packets that begin with IP get an Ethernet header; what cannot is counted.
        using (PcapngWriter writer = PcapngWriter.Create(tool.PathOf("mixed.pcapng")))
        {
            byte[] ip = [0x45, .. new byte[99]];
            writer.Write(new CapturedPacket(1, DateTimeOffset.UnixEpoch, LinkType.Raw, 0, ip.Length, ip), ip, null);
            writer.Write(new CapturedPacket(2, DateTimeOffset.UnixEpoch, LinkType.Ethernet, 0, 3, new byte[3]), new byte[3], null);
            writer.Write(new CapturedPacket(3, DateTimeOffset.UnixEpoch, (LinkType)105, 0, 50, new byte[50]), new byte[50], null);
        }

        tool.Run(0, "run", text, "--pcap", tool.PathOf("mixed.pcapng"), "--json");
        Assert.Equal(1, tool.Json.GetProperty("verdicts").GetProperty("XDP_PASS").GetProperty("packets").GetInt64());
        Assert.Equal(2, tool.Json.GetProperty("skipped").EnumerateObject().Sum(skipped => skipped.Value.GetInt64()));

        tool.Run(0, "run", text, "--pcap", Tool.Sample("data/demo.pcap"), "--out", tool.PathOf("out.pcapng"), "--json");
        using CaptureReader all = CaptureReader.Open(tool.PathOf("out.pcapng"));
        Assert.Equal(1789, all.ReadAll().Count());
    }

    [Fact]
    public void Trace_shows_each_instruction_and_what_it_changed()
    {
        using Tool tool = new();

        tool.Run(0, "run", tool.Write("t.bpf", ".program t section=xdp\nr0 = 2\nr0 += 5\nexit"), "--packet", "00", "--trace");

        Assert.Matches(@"0: r0 = 2 +;  r0=0x2\s+1: r0 \+= 5 +;  r0=0x7\s+2: exit", tool.Output);
    }

    [Fact]
    public void Btf_dump_writes_c_csharp_and_json()
    {
        using Tool tool = new();

        tool.Run(0, "btf", "dump", Tool.Sample("c/firewall.o"), "--type", "talker");
        Assert.Contains("struct talker {", tool.Output, StringComparison.Ordinal);
        tool.Run(0, "btf", "dump", Tool.Sample("c/firewall.o"), "--type", "talker", "--format", "csharp");
        Assert.Contains("struct Talker", tool.Output, StringComparison.Ordinal);
        tool.Run(0, "btf", "dump", Tool.Sample("c/firewall.o"), "--type", "talker", "--json");
        Assert.Contains("talker", tool.Output, StringComparison.Ordinal);
        tool.Run(2, "btf", "dump", Tool.Sample("c/firewall.o"), "--type", "nothing");
        Assert.Contains("no type 'nothing'", tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_is_an_exit_code_and_names_the_instruction()
    {
        using Tool tool = new();
        string text = tool.Write("wild.bpf", ".program wild section=xdp\nr1 = 0xdead0000 ll\nr0 = *(u64 *)(r1 +0)\nexit");

        tool.Run(1, "run", text, "--packet", "00");

        Assert.Contains("wild+2", tool.Error, StringComparison.Ordinal);
        Assert.Contains("BPF4", tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Demo_drops_and_balances()
    {
        using Tool tool = new();

        tool.Run(0, "demo", "--json");

        JsonElement firewall = tool.Json.GetProperty("firewall");
        Assert.Equal(1789, firewall.GetProperty("packets").GetInt64());
        Assert.True(firewall.GetProperty("counters").GetProperty("closed port").GetInt64() > 100);
        Assert.True(firewall.GetProperty("counters").GetProperty("blocked source").GetInt64() > 5);
        Assert.DoesNotContain(firewall.GetProperty("verdicts").EnumerateObject(), v => v.Name.StartsWith("fault", StringComparison.Ordinal));
        JsonElement balancer = tool.Json.GetProperty("load balancer");
        long sent = balancer.GetProperty("verdicts").GetProperty("XDP_TX").GetInt64();
        Assert.Equal(sent, balancer.GetProperty("backends").EnumerateArray().Sum(b => long.Parse(b.GetProperty("packets").GetString()!, null)));
    }
}
