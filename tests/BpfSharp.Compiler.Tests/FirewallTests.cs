using BpfSharp.Compiler.Tests.Harness;
using BpfSharp.Hosting;
using BpfSharp.Linux;
using BpfSharp.Objects;
using BpfSharp.TestSupport;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Compiler.Tests;

/// <summary>The listing of the README, word for word.</summary>
public sealed class FirewallTests
{
    private const string Listing = """
        [BpfObject(License = "GPL")]
        static class Firewall
        {
            public static readonly HashMap<uint, ulong>  Blocked = new(maxEntries: 4096);
            public static readonly RingBuffer<DropEvent> Drops   = new(bytes: 1 << 20);

            [Xdp]
            public static XdpAction Filter(XdpContext ctx)
            {
                var packet = ctx.Packet;
                if (!packet.TryRead(out EthernetHeader eth) || eth.Type != EtherType.IPv4) return XdpAction.Pass;
                if (!packet.TryRead(out IPv4Header ip)) return XdpAction.Pass;            // TryRead is the bounds check
                ref ulong hits = ref Blocked.Find(ip.Source, out bool found);             // found is the null check
                if (!found) return XdpAction.Pass;
                Interlocked.Increment(ref hits);
                Drops.TryWrite(new DropEvent(Bpf.KtimeGetNs(), ip.Source));               // a failed write is counted as lost
                return XdpAction.Drop;
            }
        }

        readonly record struct DropEvent(ulong Time, uint Source);
        """;

    [Theory]
    [InlineData(OptimizationLevel.Release)]
    [InlineData(OptimizationLevel.Debug)]
    public void The_kernel_counts_and_drops(OptimizationLevel level)
    {
        KernelSupport.RequireBpf();
        BpfObject made = SourceAssembly.Build(Listing, level).Demand();
        byte[] packet = new byte[64];
        packet[12] = 8;
        packet[14] = 0x45;
        packet.AsSpan(26, 4).Fill(7);
        using LoadedObject loaded = BpfHost.Kernel.Load(made);
        Assert.Equal(2u, (uint)loaded.Program("Filter").Run(packet).ReturnValue);
        byte[] key = [7, 7, 7, 7];
        Assert.Equal(0, loaded.Map("Blocked").Update(key, new byte[8]));
        Assert.Equal(1u, (uint)loaded.Program("Filter").Run(packet).ReturnValue);
        byte[] hits = new byte[8];
        Assert.Equal(0, loaded.Map("Blocked").Lookup(key, hits));
        Assert.Equal(1ul, BitConverter.ToUInt64(hits));
        Assert.True(made.Programs[0].Instructions.Length < 70, ThreeWays.Describe(made));
        TestContext.Current.SendDiagnosticMessage(ThreeWays.Describe(made));
    }
}
