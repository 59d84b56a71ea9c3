using System.Buffers.Binary;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Linux.Maps;
using BpfSharp.Linux.Programs;
using BpfSharp.Linux.Tests.Sandbox;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Tests.Maps;

/// <summary>Ring buffers and perf buffers filled by real programs.</summary>
public sealed class RecordTests
{
    /// <summary>Writes the run's number (hits[0]) as an 8-byte record.</summary>
    private const string WriteNumber = """
        r6 = r1
        r1 = map[hits][0]+0
        r2 = 1
        r2 = atomic64_fetch_add((u64 *)(r1 +0), r2)
        *(u64 *)(r10 -8) = r2
        r2 = r10
        r2 += -8
        """;

    [Fact]
    public void Ring_buffer_records_come_in_order_and_are_exact() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(Ring(64 * 1024));
        using RecordReader reader = loaded.Map("events").OpenReader();
        Assert.Null(reader.Lost);
        Assert.False(reader.TryRead(out _));
        ulong expected = 0;
        for (int round = 0; round < 50; round++)
        {
            Run(loaded, 100);
            while (reader.TryRead(out RecordBatch batch))
            {
                foreach (ref readonly ulong number in batch.As<ulong>())
                {
                    Assert.Equal(expected++, number);
                }
            }
        }

        Assert.Equal(5000ul, expected);
    });

    [Fact]
    public void Ring_buffer_keeps_a_batch_until_the_next_read() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(Ring(4096));
        using RecordReader reader = loaded.Map("events").OpenReader();
        // 16 bytes a record: 256 would fill it to the brim, and the kernel keeps one byte free.
        Assert.Equal(255, Run(loaded, 300));
        Assert.True(reader.TryRead(out RecordBatch batch));
        Assert.Equal(255, batch.Count);
        Assert.Equal(0, Run(loaded, 10));
        Assert.False(reader.TryRead(out _));
        Assert.Equal(10, Run(loaded, 10));
        Assert.True(reader.TryRead(out RecordBatch second));
        Assert.Equal(10, second.Count);
    });

    [Fact]
    public void A_blocked_reader_wakes_for_the_first_record() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(Ring(4096));
        using RecordReader reader = loaded.Map("events").OpenReader();
        Assert.False(reader.Read(TimeSpan.FromMilliseconds(20), out _));
        Thread writer = new(() =>
        {
            Thread.Sleep(50);
            Run(loaded, 1);
        });
        writer.Start();
        Assert.True(reader.Read(TimeSpan.FromSeconds(20), out RecordBatch batch));
        Assert.Equal(1, batch.Count);
        writer.Join();
    });

    [Fact]
    public void Waits_end_by_cancellation_and_by_disposal() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(Ring(4096));
        RecordReader reader = loaded.Map("events").OpenReader();
        using CancellationTokenSource cancel = new(50);
        Assert.Throws<OperationCanceledException>(() => reader.Read(Timeout.InfiniteTimeSpan, out _, cancel.Token));
        Assert.False(reader.Read(TimeSpan.FromMilliseconds(10), out _));
        Thread disposer = new(() =>
        {
            Thread.Sleep(50);
            reader.Dispose();
        });
        disposer.Start();
        Assert.False(reader.Read(Timeout.InfiniteTimeSpan, out _));
        disposer.Join();
    });

    [Fact]
    public void Many_buffers_are_awaited_on_one_thread() => Sandboxed.Run(box =>
    {
        KernelObject[] loaded = [.. Enumerable.Range(0, 8).Select(_ => box.Load(Ring(4096)))];
        RecordReader[] readers = [.. loaded.Select(l => l.Map("events").OpenReader())];
        using CancellationTokenSource cancel = new();
        int seen = 0;
        Task[] consumers = [.. readers.Select(async reader =>
        {
            try
            {
                await foreach (RecordBatch batch in reader.ReadBatchesAsync(cancel.Token))
                {
                    Interlocked.Add(ref seen, batch.Count);
                }
            }
            catch (OperationCanceledException)
            {
                Interlocked.Add(ref seen, 1_000_000);
            }
        })];
        for (int i = 0; i < 20; i++)
        {
            foreach (KernelObject one in loaded)
            {
                Run(one, 5);
            }
        }

        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref seen) == 800, 20_000), $"{seen}");
        cancel.Cancel();
        Assert.True(Task.WaitAll(consumers, 20_000));
        Assert.Equal(8_000_800, seen);
        Array.ForEach(readers, r => r.Dispose());
    });

    [Fact]
    public void Discarded_records_are_skipped() => Sandboxed.Run(box =>
    {
        BpfObject source = new BpfObject { License = "GPL" }.WithHits().With(Events(MapType.RingBuffer, 4096)).With("probe", ProgramType.Xdp, """
            r1 = map[events]
            r2 = 16
            r3 = 0
            call 131
            if r0 == 0 goto out
            r1 = r0
            r2 = 0
            call 133
            out:
            r0 = 0
            exit
            """);
        KernelObject loaded = box.Load(source);
        using RecordReader reader = loaded.Map("events").OpenReader();
        for (int i = 0; i < 1000; i++)
        {
            Run(loaded, 1);
            Assert.False(reader.TryRead(out _));
        }
    });

    [Fact]
    public void A_buffer_has_one_reader_and_then_another() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(Ring(4096));
        RecordReader reader = loaded.Map("events").OpenReader();
        Assert.Equal("BPF4006", Assert.Throws<KernelException>(() => loaded.Map("events").OpenReader()).Findings[0].Id);
        reader.Dispose();
        loaded.Map("events").OpenReader().Dispose();
    });

    [Fact]
    public void Perf_buffer_records_carry_their_cpu_and_losses_are_counted() => Sandboxed.Run(box =>
    {
        // A CPU's losses are told with its own next record.
        Native.StayOnFirstCpu();
        KernelObject loaded = box.Load(Perf());
        using RecordReader reader = ((KernelMap)loaded.Map("events")).OpenPerfBuffer(new Linux.Buffers.PerfBufferOptions { PagesPerCpu = 2 });
        Run(loaded, 20);
        Assert.True(reader.Read(TimeSpan.FromSeconds(5), out RecordBatch batch));
        ulong expected = 0;
        using (RecordBatch.Enumerator records = batch.GetEnumerator())
        {
            while (records.MoveNext())
            {
                Assert.Equal(expected++, BinaryPrimitives.ReadUInt64LittleEndian(records.Current));
                Assert.InRange(records.Cpu, 0, Environment.ProcessorCount);
            }
        }

        Assert.Equal(20ul, expected);
        Assert.Equal(0, reader.Lost);
        Run(loaded, 5000);
        long seen = 0;
        while (reader.TryRead(out batch))
        {
            seen += batch.Count;
        }

        // The kernel tells of what was lost with the next record that fits.
        Run(loaded, 1);
        while (reader.TryRead(out batch))
        {
            seen += batch.Count;
        }

        Assert.True(reader.Lost > 0);
        Assert.Equal(5001, seen + reader.Lost);
    });

    [Fact]
    public void Perf_buffer_wakes_at_its_watermark() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(Perf());
        using RecordReader reader = ((KernelMap)loaded.Map("events")).OpenPerfBuffer(
            new Linux.Buffers.PerfBufferOptions { PagesPerCpu = 4, WatermarkBytes = 2048 });
        Task<int> waiting = Task.Run(() => reader.Read(TimeSpan.FromSeconds(20), out RecordBatch batch) ? batch.Count : 0);
        Thread.Sleep(30);
        Run(loaded, 200);
        Assert.True(waiting.GetAwaiter().GetResult() > 0);
    });

    [Fact]
    public void An_overwritten_perf_buffer_holds_the_newest_records() => Sandboxed.Run(box =>
    {
        Native.StayOnFirstCpu();
        KernelObject loaded = box.Load(Perf());
        using RecordReader reader = ((KernelMap)loaded.Map("events")).OpenPerfBuffer(
            new Linux.Buffers.PerfBufferOptions { PagesPerCpu = 1, Overwrite = true });
        Assert.Null(reader.Lost);
        Assert.False(reader.TryRead(out _));
        // A record takes 24 bytes: 170 fit into a page.
        Run(loaded, 1000);
        List<ulong> seen = Numbers(reader);
        Assert.InRange(seen.Count, 100, 170);
        Assert.Equal(Enumerable.Range(1000 - seen.Count, seen.Count).Select(n => (ulong)n), seen);
        // Then what came since, and nothing twice.
        Assert.Empty(Numbers(reader));
        Run(loaded, 3);
        Assert.Equal([1000ul, 1001ul, 1002ul], Numbers(reader));
    });

    private static List<ulong> Numbers(RecordReader reader)
    {
        List<ulong> numbers = [];
        while (reader.TryRead(out RecordBatch batch))
        {
            foreach (ReadOnlySpan<byte> record in batch)
            {
                numbers.Add(BinaryPrimitives.ReadUInt64LittleEndian(record));
            }
        }

        return numbers;
    }

    [Fact]
    public void User_ring_buffer_reservations_fill_up_and_are_refused_without_room() => Sandboxed.Run(box =>
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(6, 1), "user ring buffers need Linux 6.1");
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.Xdp, 2).With(Events(MapType.UserRingBuffer, 4096)));
        using RecordWriter writer = loaded.Map("events").OpenWriter();
        int written = 0;
        while (writer.TryWrite(0x1234567890abcdeful))
        {
            written++;
        }

        Assert.Equal(256, written);
        Assert.False(writer.TryReserve(8, out _));
        Assert.False(writer.TryReserve(1 << 20, out _));
    });

    /// <summary>An object whose program counts by an atomic that gives the old value.</summary>
    private static BpfObject Numbering()
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(5, 12), "atomics that give the old value need Linux 5.12");
        return new BpfObject { License = "GPL" };
    }

    private static BpfObject Ring(uint bytes) => Numbering().WithHits().With(Events(MapType.RingBuffer, bytes))
        .With("probe", ProgramType.Xdp, WriteNumber + """

            r1 = map[events]
            r3 = 8
            r4 = 0
            call 130
            exit
            """);

    private static BpfObject Perf() => Numbering().WithHits().With(Events(MapType.PerfEventArray, 0))
        .With("probe", ProgramType.Xdp, WriteNumber + """

            r4 = r2
            r1 = r6
            r2 = map[events]
            r3 = 0xffffffff ll
            r5 = 8
            call 25
            r0 = 0
            exit
            """);

    private static MapSpec Events(MapType type, uint bytes) => new() { Name = "events", Type = type, MaxEntries = bytes };

    /// <summary>Runs the program; how often it could write.</summary>
    private static int Run(KernelObject loaded, int times)
    {
        KernelProgram program = loaded.Program("probe");
        int written = 0;
        for (int i = 0; i < times; i++)
        {
            written += program.Run(new RunInput { Packet = Network.Frame() }).ReturnValue == 0 ? 1 : 0;
        }

        return written;
    }
}
