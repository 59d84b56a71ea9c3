using System.Text.RegularExpressions;

namespace BpfSharp.Cli.Tests.Packaging;

/// <summary>The classic mistakes, made in a fresh project with one package reference: <c>dotnet build</c> stops at each line and says what to do.</summary>
public sealed partial class PackTests
{
    // The line that is wrong ends with "// !" and what the message must say.
    private const string Mistakes = """
        using BpfSharp.Language;

        [BpfObject]
        static class NoBoundsCheck
        {
            [Xdp]
            static XdpAction Run(XdpContext ctx)
            {
                Packet packet = ctx.Packet;
                ref EthernetHeader eth = ref packet.Take<EthernetHeader>(out _);
                return eth.Type == EtherType.Arp ? XdpAction.Drop : XdpAction.Pass; // ! null.*only where 'out bool found'
            }
        }

        [BpfObject]
        static class NoNullCheck
        {
            static readonly HashMap<uint, ulong> Counts = new(64);

            [Xdp]
            static XdpAction Run(XdpContext ctx)
            {
                ref ulong count = ref Counts.Find(1, out _);
                count++; // ! may be null.*ask first
                return XdpAction.Pass;
            }
        }

        [BpfObject]
        static class UnboundedLoop
        {
            [Xdp]
            static XdpAction Run(XdpContext ctx)
            {
                uint x = Bpf.GetPrandomU32();
                while (x != 1) x = x % 2 == 0 ? x / 2 : 3 * x + 1; // ! loop.*Bpf.Range
                return XdpAction.Pass;
            }
        }

        [BpfObject]
        static class WrongHelper
        {
            [Xdp]
            static XdpAction Run(XdpContext ctx)
            {
                return Bpf.GetFuncIp(ctx) == 0 ? XdpAction.Drop : XdpAction.Pass; // ! bpf_get_func_ip is for Kprobe
            }
        }

        [BpfObject]
        static class LeakedReference
        {
            static readonly RingBuffer<ulong> Ring = new(4096);

            [Xdp]
            static XdpAction Run(XdpContext ctx)
            {
                if (!Ring.TryReserve(out RingRecord<ulong> record)) return XdpAction.Pass;
                if (ctx.Length > 100) return XdpAction.Drop;
                record.Value = 1;
                record.Submit();
                return XdpAction.Pass; // ! not released.*Discard
            }
        }

        [BpfObject]
        static class DeepStack
        {
            [Xdp]
            static XdpAction Run(XdpContext ctx)
            {
                Span<byte> buffer = stackalloc byte[1024]; // ! 1024 bytes of stack.*per-CPU array
                buffer[(int)(ctx.Length & 1023)] = 1;
                return buffer[(int)(ctx.RxQueueIndex & 1023)] == 1 ? XdpAction.Drop : XdpAction.Pass;
            }
        }

        [BpfObject]
        static class ContextWrite
        {
            [SocketFilter]
            static int Run(SkbContext ctx)
            {
                ctx.Priority = 7; // ! may not write 'priority'
                return 0;
            }
        }

        [BpfObject]
        static unsafe class UnboundedOffset
        {
            struct Table { public fixed byte Bytes[256]; }

            static readonly ArrayMap<Table> Tables = new(1);

            [Xdp]
            static XdpAction Run(XdpContext ctx)
            {
                ref Table table = ref Tables.Find(0, out bool found);
                if (!found) return XdpAction.Pass;
                return table.Bytes[ctx.Length] == 1 ? XdpAction.Drop : XdpAction.Pass; // ! no upper bound.*index > 255
            }
        }

        [BpfObject(License = "Proprietary")]
        static class NoLicence
        {
            [Xdp]
            static XdpAction Run(XdpContext ctx)
            {
                Bpf.Print($"length {ctx.Length}"); // ! GPL-compatible.*License
                return XdpAction.Pass;
            }
        }
        """;

    [Fact]
    public void Mistakes_stop_the_build_at_their_lines()
    {
        string project = feed.Fresh("mistakes", ("mistakes.csproj", PackageFeed.Project("BpfSharp.Build", type: "Library")), ("Mistakes.cs", Mistakes));
        (int code, string output) = feed.Start("dotnet", project, "build");
        Assert.NotEqual(0, code);
        string[] lines = Mistakes.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].IndexOf("// ! ", StringComparison.Ordinal) is >= 0 and int at)
            {
                Match error = Regex.Match(output, $@"Mistakes\.cs\({i + 1},\d+\): error BPF\d+: .*{lines[i][(at + 5)..]}");
                Assert.True(error.Success, $"line {i + 1}: {lines[i].Trim()}\nis not named so:\n{output}");
            }
        }

        // No line of the sources is blamed that is right.
        Assert.All(Blamed().Matches(output), m => Assert.Contains("// !", lines[int.Parse(m.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) - 1], StringComparison.Ordinal));
    }

    [GeneratedRegex(@"Mistakes\.cs\((\d+),\d+\): (?:error|warning)")]
    private static partial Regex Blamed();
}
