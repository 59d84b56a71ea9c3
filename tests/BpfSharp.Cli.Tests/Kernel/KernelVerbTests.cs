using System.Globalization;
using System.Text.Json;
using BpfSharp.Cli.Tests.Commands;
using BpfSharp.Linux.Tests.Sandbox;

namespace BpfSharp.Cli.Tests.Kernel;

/// <summary>The verbs of the kernel, for real, each in namespaces of its own: text and JSON, exit codes, and nothing stays.</summary>
public sealed class KernelVerbTests
{
    private const string Folder = "/sys/fs/bpf/demo";

    // Names that no other test's process has: lists show the whole machine.
    private static string Name(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}{Environment.ProcessId}");

    private static string Counter() => $"""
        .license GPL
        .map {Name("m")} type=hash key=4 value=8 entries=16
        .map {Name("r")} type=ringbuf entries=4096
        .program {Name("p")} section=xdp
            *(u32 *)(r10 -4) = 7
            *(u64 *)(r10 -16) = 1
            r1 = map[{Name("m")}]
            r2 = r10
            r2 += -4
            call bpf_map_lookup_elem
            if r0 == 0 goto record
            r1 = 1
            lock *(u64 *)(r0 +0) += r1
        record:
            r1 = map[{Name("r")}]
            r2 = r10
            r2 += -16
            r3 = 8
            r4 = 0
            call bpf_ringbuf_output
            r0 = 2
            exit
        """;

    private static Tool Loaded()
    {
        Tool tool = new();
        tool.Run(0, "load", tool.Write("counter.bpf", Counter()), "--pin", Folder);
        return tool;
    }

    [Fact]
    public void Load_pins_all_or_nothing() => Sandboxed.Run(_ =>
    {
        using Tool tool = new();
        string file = tool.Write("counter.bpf", Counter());

        tool.Run(0, "load", file, "--pin", Folder, "--json");
        string[] pins = [.. tool.Json.EnumerateArray().Select(e => e.GetProperty("pinned").GetString()!).Order()];
        Assert.Equal([$"{Folder}/{Name("m")}", $"{Folder}/{Name("p")}", $"{Folder}/{Name("r")}"], pins);
        Assert.All(pins, p => Assert.True(File.Exists(p)));

        // The names are taken: refused, the reason named, and nothing of the second try stays.
        tool.Run(1, "load", file, "--pin", Folder);
        Assert.Contains("pinned there already", tool.Error, StringComparison.Ordinal);
        Assert.Equal(pins, Directory.GetFiles(Folder).Order());

        string elsewhere = tool.PathOf("plain");
        tool.Run(1, "load", file, "--pin", elsewhere);
        Assert.Contains("no bpf file system", tool.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.Exists(elsewhere) ? Directory.GetFiles(elsewhere) : []);
    });

    [Fact]
    public void Lists_join_programs_maps_links_and_owners() => Sandboxed.Run(_ =>
    {
        using Tool tool = Loaded();

        tool.Run(0, "list", "prog", "--json");
        JsonElement program = tool.Json.EnumerateArray().Single(p => Named(p) == Name("p"));
        Assert.Equal("Xdp", program.GetProperty("type").GetString());
        Assert.Equal([Name("m"), Name("r")], program.GetProperty("maps").EnumerateArray().Select(Named).Order());
        Assert.True(program.GetProperty("id").GetInt64() > 0);

        tool.Run(0, "list", "map", "--json");
        JsonElement map = tool.Json.EnumerateArray().Single(p => Named(p) == Name("m"));
        Assert.Equal((4, 8, 16), (map.GetProperty("key").GetInt32(), map.GetProperty("value").GetInt32(), map.GetProperty("entries").GetInt32()));

        tool.Run(0, "list");
        Assert.Contains(Name("p"), tool.Output, StringComparison.Ordinal);
        Assert.Contains($"{Name("m")}({map.GetProperty("id").GetInt64()})", tool.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\x1b', tool.Output);
        tool.Run(0, "list", "link");
        tool.Run(0, "list", "btf", "--json");
        Assert.Contains(tool.Json.EnumerateArray(), b => Named(b) == "vmlinux");

        static string? Named(JsonElement element) => element.GetProperty("name").GetString();
    });

    [Fact]
    public void Map_elements_are_set_shown_and_deleted() => Sandboxed.Run(_ =>
    {
        using Tool tool = Loaded();
        string map = $"{Folder}/{Name("m")}";

        tool.Run(1, "map", "get", map, "7");
        Assert.Contains("no such key", tool.Error, StringComparison.Ordinal);
        tool.Run(0, "map", "set", Name("m"), "7", "40");
        tool.Run(1, "map", "set", map, "7", "41", "--new");
        Assert.Contains("EEXIST", tool.Error, StringComparison.Ordinal);
        tool.Run(1, "map", "set", map, "8", "41", "--existing");
        Assert.Contains("ENOENT", tool.Error, StringComparison.Ordinal);
        tool.Run(2, "map", "set", map, "7", "many");
        tool.Run(2, "map", "set", map, "7", "40", "--new", "--existing");
        tool.Run(0, "prog", "run", tool.PathOf("counter.bpf"), "--packet", new string('0', 128));

        tool.Run(0, "map", "get", map, "7");
        Assert.Contains("= 40", tool.Output, StringComparison.Ordinal);
        tool.Run(0, "map", "get", map, "0x7", "--json");
        Assert.Equal("""[{"key":"07000000","value":"2800000000000000"}]""", Compact(tool.Output));
        tool.Run(0, "map", "set", map, "9", "1");
        tool.Run(0, "map", "dump", map, "--json");
        Assert.Equal(2, tool.Json.GetArrayLength());
        tool.Run(0, "map", "dump", map);
        Assert.Equal(2, tool.Output.Trim().Split('\n').Length);
        tool.Run(0, "map", "del", map, "9");
        tool.Run(1, "map", "del", map, "9");
        tool.Run(0, "map", "dump", map, "--json");
        Assert.Equal(1, tool.Json.GetArrayLength());
        tool.Run(1, "map", "dump", $"{Folder}/nothing");
        Assert.Contains("ENOENT", tool.Error, StringComparison.Ordinal);
        tool.Run(2, "map", "dump", "nothing-of-this-name");
        Assert.Contains("list map", tool.Error, StringComparison.Ordinal);
    });

    [Fact]
    public void Map_watch_shows_what_changes_until_interrupted() => Sandboxed.Run(_ =>
    {
        using Tool tool = Loaded();
        string map = $"{Folder}/{Name("m")}";
        tool.Run(0, "map", "set", map, "1", "1");
        using ToolProcess watch = new("map", "watch", map, "--interval", "0.05");
        watch.WaitFor("watching");
        tool.Run(0, "map", "set", map, "2", "5");
        watch.WaitFor("+ 2 = 5");
        tool.Run(0, "map", "set", map, "1", "3");
        watch.WaitFor("~ 1 = 3");
        tool.Run(0, "map", "del", map, "2");
        watch.WaitFor("- 2");
        watch.SendInterrupt();
        Assert.Equal(130, watch.WaitForExit());
        Assert.DoesNotContain('\x1b', watch.Output);

        using ToolProcess json = new("map", "watch", map, "--interval", "0.05", "--json");
        json.WaitFor("watching");
        tool.Run(0, "map", "set", map, "3", "4");
        json.WaitFor("""{"change":"new","key":"03000000","value":"0400000000000000"}""");
        json.SendInterrupt();
        Assert.Equal(130, json.WaitForExit());
    });

    [Fact]
    public void Programs_are_dumped_and_run() => Sandboxed.Run(_ =>
    {
        using Tool tool = Loaded();
        string program = $"{Folder}/{Name("p")}";

        tool.Run(0, "prog", "dump", Name("p"));
        Assert.Contains("exit", tool.Output, StringComparison.Ordinal);
        string text = tool.Output;
        tool.Run(0, "prog", "dump", program, "--xlated");
        Assert.Equal(text, tool.Output);
        tool.Run(0, "prog", "dump", program, "--xlated", "--json");
        Assert.Equal("exit", tool.Json.EnumerateArray().Last().GetProperty("text").GetString());
        tool.Run(0, "prog", "dump", program, "--jited", "--json");
        Assert.True(tool.Json[0].GetProperty("bytes").GetString()!.Length > 40);
        tool.Run(0, "prog", "dump", program, "--jited");
        Assert.Contains("bytes at 0x", tool.Output, StringComparison.Ordinal);
        tool.Run(2, "prog", "dump", program, "--jited", "--xlated");

        tool.Run(0, "prog", "run", tool.PathOf("counter.bpf"), "--packet", new string('0', 128), "--repeat", "10", "--json");
        Assert.Equal("XDP_PASS", tool.Json.GetProperty("verdict").GetString());
        Assert.Equal(2, tool.Json.GetProperty("returnValue").GetInt32());
        tool.Run(2, "prog", "run", tool.PathOf("counter.bpf"), "--packet", "0g");
        tool.Run(1, "prog", "run", tool.PathOf("counter.bpf"), "--packet", "00");
        Assert.Contains("EINVAL", tool.Error, StringComparison.Ordinal);
    });

    [Fact]
    public void Attach_stays_until_interrupted_and_detaches() => Sandboxed.Run(_ =>
    {
        Network.AddVeth("a", "b");
        using Tool tool = new();
        string file = tool.Write("counter.bpf", Counter());
        using (ToolProcess attach = new("attach", file, "--to", "xdp:a"))
        {
            attach.WaitFor("Ctrl-C detaches");
            tool.Run(0, "map", "set", Name2("m", attach), "7", "0");
            Network.SendFrame("b", Network.Frame(), 3);
            tool.Run(0, "list", "link", "--json");
            JsonElement link = tool.Json.EnumerateArray().Single(l => l.GetProperty("program").GetString() == Name("p"));
            Assert.Equal("Xdp", link.GetProperty("kind").GetString());
            tool.Run(0, "map", "get", Name("m"), "7");
            Assert.Contains("= 3", tool.Output, StringComparison.Ordinal);

            attach.SendInterrupt();
            Assert.Equal(130, attach.WaitForExit());
            Assert.DoesNotContain('\x1b', attach.Output);
        }

        tool.Run(0, "list", "link", "--json");
        Assert.DoesNotContain(tool.Json.EnumerateArray(), l => l.GetProperty("program").GetString() == Name("p"));

        tool.Run(0, "attach", file, "--to", "xdp:a", "--seconds", "0.01", "--json");
        Assert.Equal(Name("p"), tool.Json[0].GetProperty("program").GetString());
        Assert.True(tool.Json[0].GetProperty("link").GetInt64() > 0);

        tool.Run(1, "attach", file, "--to", "xdp:nodevice");
        Assert.Contains("nodevice", tool.Error, StringComparison.Ordinal);
        tool.Run(1, "attach", file, "--to", "nothing:a");
        Assert.Contains("xdp:DEVICE", tool.Error, StringComparison.Ordinal);

        static string Name2(string kind, ToolProcess _) => Name(kind);
    });

    [Fact]
    public void Pins_keep_links_programs_and_maps() => Sandboxed.Run(_ =>
    {
        Network.AddVeth("a", "b");
        using Tool tool = new();
        string file = tool.Write("counter.bpf", Counter());
        tool.Run(0, "attach", file, "--to", "xdp:a", "--pin", $"{Folder}/links");
        tool.Run(0, "list", "link", "--json");
        JsonElement link = tool.Json.EnumerateArray().Single(l => l.GetProperty("program").GetString() == Name("p"));
        string id = link.GetProperty("id").GetInt64().ToString(CultureInfo.InvariantCulture);

        tool.Run(0, "pin", "link", id, $"{Folder}/again");
        Assert.Contains("pinned at", tool.Output, StringComparison.Ordinal);
        File.Delete($"{Folder}/links/{Name("p")}");
        tool.Run(0, "pin", "link", Name("p"), $"{Folder}/third", "--json");
        Assert.Equal($"{Folder}/third", tool.Json[0].GetProperty("pinned").GetString());
        File.Delete($"{Folder}/again");
        tool.Run(0, "pin", "prog", Name("p"), $"{Folder}/prog");
        tool.Run(0, "pin", "map", Name("m"), $"{Folder}/map");
        tool.Run(0, "map", "set", $"{Folder}/map", "7", "0");
        Network.SendFrame("b", Network.Frame(), 2);
        tool.Run(0, "map", "get", $"{Folder}/map", "7");
        Assert.Contains("= 2", tool.Output, StringComparison.Ordinal);

        // The last pin of the link goes, and with it the attachment; the program stays by its own pin.
        File.Delete($"{Folder}/third");
        WaitFor(() =>
        {
            tool.Run(0, "list", "link", "--json");
            return tool.Json.EnumerateArray().All(l => l.GetProperty("program").GetString() != Name("p"));
        });
        tool.Run(0, "prog", "dump", $"{Folder}/prog");
        tool.Run(1, "pin", "map", Name("m"), $"{Folder}/map");
        Assert.Contains("EEXIST", tool.Error, StringComparison.Ordinal);
        tool.Run(2, "pin", "link", "nothing-of-this-name", $"{Folder}/x");
    });

    [Fact]
    public void Trace_shows_records_and_printed_lines() => Sandboxed.Run(_ =>
    {
        Network.AddVeth("a", "b");
        using Tool tool = new();
        string file = tool.Write("counter.bpf", Counter());
        tool.Run(0, "attach", file, "--to", "xdp:a", "--pin", Folder);
        using (ToolProcess trace = new("trace", Name("r"), "-n", "2", "--json"))
        {
            SendUntil(trace);
            Assert.Equal(0, trace.WaitForExit());
            Assert.Equal(2, trace.Output.Split('\n').Count(l => l == """{"record":"0100000000000000"}"""));
        }

        using (ToolProcess trace = new("trace", Name("r")))
        {
            trace.WaitFor("Ctrl-C ends");
            Network.SendFrame("b", Network.Frame());
            trace.WaitFor("0100000000000000");
            trace.SendInterrupt();
            Assert.Equal(130, trace.WaitForExit());
            Assert.Contains("0 lost", trace.Output.Replace("lost records unknown", "0 lost", StringComparison.Ordinal), StringComparison.Ordinal);
        }

        string printing = tool.Write("print.bpf", $"""
            .license GPL
            .program {Name("q")} section=xdp
                r1 = 0x{Convert.ToHexStringLower([.. "tool%d\0\0".Reverse().Select(c => (byte)c)])} ll
                *(u64 *)(r10 -8) = r1
                r1 = r10
                r1 += -8
                r2 = 7
                r3 = {Environment.ProcessId}
                call bpf_trace_printk
                r0 = 2
                exit
            """);
        using (ToolProcess trace = new("trace"))
        {
            trace.WaitFor("Ctrl-C ends");
            tool.Run(0, "prog", "run", printing, "--packet", new string('0', 128));
            trace.WaitFor(string.Create(CultureInfo.InvariantCulture, $"tool{Environment.ProcessId}"));
            trace.SendInterrupt();
            Assert.Equal(130, trace.WaitForExit());
        }

        static void SendUntil(ToolProcess trace)
        {
            trace.WaitFor("Ctrl-C ends");
            Network.SendFrame("b", Network.Frame(), 3);
        }
    });

    [Fact]
    public void Top_shows_running_programs_and_ends_cleanly() => Sandboxed.Run(_ =>
    {
        Network.AddVeth("a", "b");
        using Tool tool = new();
        tool.Run(0, "attach", tool.Write("counter.bpf", Counter()), "--to", "xdp:a", "--pin", Folder);
        using (ToolProcess top = new("top", "--interval", "0.2", "--json"))
        {
            long started = Environment.TickCount64;
            while (!top.Output.Contains($"\"{Name("p")}\"", StringComparison.Ordinal))
            {
                Assert.False(top.HasExited, top.Output);
                Assert.True(Environment.TickCount64 - started < 60_000, top.Output);
                Network.SendFrame("b", Network.Frame(), 10);
                Thread.Sleep(20);
            }

            top.SendInterrupt();
            Assert.Equal(130, top.WaitForExit());
        }

        using ToolProcess text = new("top", "--interval", "0.2", "--count", "1");
        Assert.Equal(0, text.WaitForExit());
        Assert.DoesNotContain('\x1b', text.Output);
        tool.Run(0, "top", "--count", "1", "--interval", "0.1", "--json");
        Assert.Equal(JsonValueKind.Array, tool.Json.ValueKind);
    });

    [Fact]
    public void Feature_and_doctor_tell_what_there_is() => Sandboxed.Run(_ =>
    {
        using Tool tool = new();
        tool.Run(0, "feature", "--json");
        Assert.Contains(tool.Json.EnumerateArray(), f => f.GetProperty("feature").GetString() == "Xdp" && f.GetProperty("outcome").GetString() == "Available");
        int all = tool.Json.GetArrayLength();
        tool.Run(0, "feature", "--missing", "--json");
        Assert.InRange(tool.Json.GetArrayLength(), 0, all - 1);
        tool.Run(0, "feature", "--helpers", "Xdp", "--json");
        Assert.True(tool.Json.GetArrayLength() > all);
        tool.Run(2, "feature", "--helpers", "Nothing");

        int code = tool.RunAny("doctor", "--json");
        bool wrong = tool.Json.EnumerateArray().Any(c => c.GetProperty("severity").GetString() == "error");
        Assert.Equal(wrong ? 1 : 0, code);
        Assert.All(tool.Json.EnumerateArray(), c => Assert.NotEqual("", c.GetProperty("found").GetString()));
        tool.RunAny("doctor");
        Assert.DoesNotContain('\x1b', tool.Output);
    });

    private static void WaitFor(Func<bool> condition)
    {
        long started = Environment.TickCount64;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 - started < 60_000, "it did not come");
            Thread.Sleep(20);
        }
    }

    private static string Compact(string json) => JsonSerializer.Serialize(JsonDocument.Parse(json).RootElement);
}
