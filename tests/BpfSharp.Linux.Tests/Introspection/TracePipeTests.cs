using System.Globalization;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Linux.Introspection;
using BpfSharp.Linux.Tests.Sandbox;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Tests.Introspection;

public sealed class TracePipeTests
{
    [Fact]
    public void What_a_program_prints_is_read_line_by_line() => Sandboxed.Run(box =>
    {
        // "bpf %d\n" and its zero, as one 8-byte word, little-endian.
        BpfObject source = TestPrograms.Of(ProgramType.SocketFilter, string.Create(CultureInfo.InvariantCulture, $"""
            r1 = 0x000a642520667062 ll
            *(u64 *)(r10 -8) = r1
            r1 = r10
            r1 += -8
            r2 = 8
            r3 = {Environment.ProcessId}
            call 6
            r0 = 0
            exit
            """));
        KernelObject loaded = box.Load(source);
        using CancellationTokenSource stop = new(TimeSpan.FromSeconds(60));
        Task<string> reading = FirstAsync(string.Create(CultureInfo.InvariantCulture, $"bpf {Environment.ProcessId}"), stop.Token);
        while (!reading.IsCompleted)
        {
            // Another reader of the one pipe may take a line: print until ours has come.
            _ = loaded.Program("probe").Run(new RunInput { Packet = Network.Frame() });
            Thread.Sleep(20);
        }

        Assert.Contains("bpf_trace_printk", reading.GetAwaiter().GetResult(), StringComparison.Ordinal);
    });

    private static async Task<string> FirstAsync(string wanted, CancellationToken stop)
    {
        await foreach (string line in TracePipe.ReadLinesAsync(stop))
        {
            if (line.Contains(wanted, StringComparison.Ordinal))
            {
                return line;
            }
        }

        return "";
    }
}
