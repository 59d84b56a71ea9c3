using System.Diagnostics;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Linux.Maps;
using BpfSharp.Linux.Tests.Sandbox;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Tests.Loading;

/// <summary>A loader with privileges pins; a process without any consumes, and is told plainly what it may not do.</summary>
public sealed class PrivilegeTests
{
    private const string Pin = "/sys/fs/bpf/events";
    private const string HitsPin = "/sys/fs/bpf/hits";

    [Fact]
    public void An_unprivileged_process_consumes_what_a_privileged_one_pinned() => Sandboxed.Run(box =>
    {
        // Before, the switch that keeps users from loading keeps them from everything.
        Assert.SkipUnless(KernelVersion.Current.AtLeast(5, 19), "unprivileged use of pinned maps needs Linux 5.19");
        if (Sandboxed.IsSecond)
        {
            Native.BecomeNobody();
            Consume();
            return;
        }

        BpfObject source = new BpfObject { License = "GPL" }.WithHits()
            .With(new MapSpec { Name = "events", Type = MapType.RingBuffer, MaxEntries = 4096 })
            .With("probe", ProgramType.Xdp, """
                r1 = map[hits][0]+0
                r2 = 1
                lock *(u64 *)(r1 +0) += r2
                *(u64 *)(r10 -8) = 77
                r1 = map[events]
                r2 = r10
                r2 += -8
                r3 = 8
                r4 = 0
                call 130
                exit
                """);
        KernelObject loaded = box.Load(source);
        ((KernelMap)loaded.Map("events")).Pin(Pin);
        ((KernelMap)loaded.Map("hits")).Pin(HitsPin);
        File.SetUnixFileMode(Pin, (UnixFileMode)0b110_110_110);
        // Readable, not writable.
        File.SetUnixFileMode(HitsPin, (UnixFileMode)0b110_100_100);
        Assert.Equal(0u, loaded.Program("probe").Run(new RunInput { Packet = Network.Frame(), Repeat = 3 }).ReturnValue);
        using Process child = Sandboxed.StartSecond();
        string said = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.True(child.ExitCode == 0 && said.Contains("consumed 77 77 77", StringComparison.Ordinal), said);
    });

    private static void Consume()
    {
        Assert.False(Environment.IsPrivilegedProcess);
        using (KernelMap map = KernelMap.OpenPinned(Pin))
        using (RecordReader reader = map.OpenReader())
        {
            Assert.True(reader.Read(TimeSpan.FromSeconds(5), out RecordBatch batch));
            List<ulong> seen = [];
            foreach (ref readonly ulong number in batch.As<ulong>())
            {
                seen.Add(number);
            }

            Console.WriteLine("consumed " + string.Join(' ', seen));
        }

        KernelException error = Assert.Throws<KernelException>(() => KernelMap.OpenPinned(HitsPin));
        Assert.Equal(("BPF_OBJ_GET", "EACCES"), (error.Command, error.ErrorName));
        Assert.Contains(HitsPin, error.Message, StringComparison.Ordinal);
        // Which refusal comes first depends on unprivileged_bpf_disabled; both name what is missing.
        BpfException refused = Assert.ThrowsAny<BpfException>(() => BpfHost.Kernel.Load(TestPrograms.Counting(ProgramType.Kprobe)));
        error = Assert.IsType<KernelException>(refused);
        Assert.Equal("EPERM", error.ErrorName);
        Assert.Contains("CAP_BPF", error.Message, StringComparison.Ordinal);
    }
}
