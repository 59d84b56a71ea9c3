using BpfSharp.Diagnostics;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Runtime.Maps;

namespace BpfSharp.Runtime.Tests.Maps;

/// <summary>The ring under many writers and one reader, and its reader's rules.</summary>
public sealed class RecordRingTests
{
    private readonly record struct Event(int Writer, int Number, long Check);

    [Fact]
    public async Task Every_record_arrives_once_in_order_or_is_counted_as_lost()
    {
        const int Writers = 3;
        const int Records = 20_000;
        using RuntimeMap map = Ring(1 << 16);
        RingBufferMap ring = (RingBufferMap)map;
        RecordReader reader = map.OpenReader();
        int[] next = new int[Writers];
        long received = 0;
        Task reading = Task.Run(async () =>
        {
            await foreach (RecordBatch<Event> batch in reader.Of<Event>().ReadBatchesAsync(TestContext.Current.CancellationToken))
            {
                foreach (ref readonly Event record in batch)
                {
                    Assert.Equal(record.Writer * 1_000_003L + record.Number, record.Check);
                    Assert.True(record.Number >= next[record.Writer], "out of order");
                    next[record.Writer] = record.Number + 1;
                    received++;
                }
            }
        }, TestContext.Current.CancellationToken);
        long sent = 0;
        Parallel.For(0, Writers, writer => Interlocked.Add(ref sent, Write(ring.Ring, writer, Records)));
        while (Volatile.Read(ref received) < sent)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        reader.Dispose();
        await reading;
        Assert.Equal(sent, received);
        Assert.Equal(ring.Ring.Lost, map.LostRecords);
        Assert.True(sent + map.LostRecords >= Writers * Records * 9 / 10);
    }

    [Fact]
    public void A_batch_ends_with_the_next_read()
    {
        using RuntimeMap map = Ring(4096);
        Write(map, 8);
        using RecordReader reader = map.OpenReader();
        Assert.True(reader.TryRead(out RecordBatch first));
        Assert.Equal(1, first.Count);
        Assert.False(reader.TryRead(out _));
        Assert.Throws<InvalidOperationException>(() =>
        {
            foreach (ReadOnlySpan<byte> record in first)
            {
                Assert.Fail("an ended batch was enumerated");
            }
        });
    }

    [Fact]
    public void Disposing_while_a_batch_is_read_keeps_its_memory()
    {
        using RuntimeMap map = Ring(4096);
        Write(map, 16);
        Write(map, 16);
        RecordReader reader = map.OpenReader();
        Assert.True(reader.TryRead(out RecordBatch batch));
        int seen = 0;
        foreach (ReadOnlySpan<byte> record in batch)
        {
            if (seen == 0)
            {
                reader.Dispose();
                map.Dispose();
            }

            Assert.Equal(16, record.Length);
            Assert.Equal(0x77, record[3]);
            seen++;
        }

        Assert.Equal(2, seen);
    }

    [Fact]
    public void A_short_record_is_an_error_not_wild_memory()
    {
        using RuntimeMap map = Ring(4096);
        Write(map, 4);
        using RecordReader reader = map.OpenReader();
        Assert.True(reader.TryRead(out RecordBatch batch));
        BpfException error = Assert.Throws<BpfException>(() =>
        {
            foreach (ref readonly long record in batch.As<long>())
            {
                Assert.Fail("a short record was read");
            }
        });
        Assert.Equal("BPF4004", error.Findings[0].Id);
    }

    [Fact]
    public unsafe void Records_run_over_the_end_of_the_ring_in_one_piece()
    {
        using RuntimeMap map = Ring(4096);
        using RecordReader reader = map.OpenReader();
        for (int i = 0; i < 500; i++)
        {
            int bytes = 1 + (i * 37 % 700);
            byte* record = ((RingBufferMap)map).Ring.Reserve((ulong)bytes, 0);
            new Span<byte>(record, bytes).Fill((byte)i);
            ((RingBufferMap)map).Ring.Commit(record, discard: false);
            Assert.True(reader.TryRead(out RecordBatch batch));
            foreach (ReadOnlySpan<byte> got in batch)
            {
                Assert.Equal(bytes, got.Length);
                Assert.Equal(-1, got.IndexOfAnyExcept((byte)i));
            }
        }

        Assert.Equal(0, map.LostRecords);
    }

    private static unsafe long Write(RecordRing ring, int writer, int records)
    {
        long sent = 0;
        for (int i = 0; i < records; i++)
        {
            byte* record = ring.Reserve((ulong)sizeof(Event), writer);
            if (record is null)
            {
                Thread.Yield();
                continue;
            }

            bool discard = i % 10 == 9;
            *(Event*)record = new Event(writer, i, (writer * 1_000_003L) + i);
            ring.Commit(record, discard);
            sent += discard ? 0 : 1;
        }

        return sent;
    }

    private static RuntimeMap Ring(uint bytes) =>
        MapFactory.Create(new MapSpec { Name = "ring", Type = MapType.RingBuffer, MaxEntries = bytes }, null);

    private static unsafe void Write(RuntimeMap map, int bytes)
    {
        byte* record = ((RingBufferMap)map).Ring.Reserve((ulong)bytes, 0);
        new Span<byte>(record, bytes).Fill(0x77);
        ((RingBufferMap)map).Ring.Commit(record, discard: false);
    }
}
