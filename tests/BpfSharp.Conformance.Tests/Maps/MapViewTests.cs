using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Linux;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;
using BpfSharp.TestSupport;

namespace BpfSharp.Conformance.Tests.Maps;

/// <summary>What typed views do: the same on every host.</summary>
public abstract class MapViewTests
{
    /// <summary>The host under test; skips where it cannot run.</summary>
    protected abstract IBpfHost Host { get; }

    [Fact]
    public void A_hash_is_a_dictionary()
    {
        using LoadedObject loaded = Load(MapType.Hash, 4, 8, 100);
        IHashMap<uint, ulong> hash = loaded.Map("m").AsHash<uint, ulong>();
        Assert.False(hash.TryGetValue(1, out _));
        Assert.Throws<KeyNotFoundException>(() => hash[1]);
        for (uint i = 0; i < 100; i++)
        {
            hash[i] = i * 3;
        }

        Assert.False(hash.TryAdd(5, 1));
        Assert.False(hash.TryAdd(1000, 1));
        Assert.True(hash.TryReplace(5, 99));
        Assert.False(hash.TryReplace(1000, 1));
        Assert.Equal(99UL, hash[5]);
        Assert.Equal(100, hash.CountEntries());
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (uint)i), hash.Select(pair => pair.Key).Order());
        Assert.All(hash.Where(pair => pair.Key != 5), pair => Assert.Equal(pair.Key * 3, pair.Value));
        BpfException full = Assert.ThrowsAny<BpfException>(() => hash[1000] = 1);
        Assert.Equal("BPF4003", full.Findings[0].Id);
        Assert.Contains("E2BIG", full.Message, StringComparison.Ordinal);
        Assert.True(hash.Remove(7));
        Assert.False(hash.Remove(7));
        Assert.True(hash.Remove(8, out ulong value));
        Assert.Equal(24UL, value);
        hash.Clear();
        Assert.Empty(hash);
    }

    [Fact]
    public void An_array_is_indexed_and_walked()
    {
        using LoadedObject loaded = Load(MapType.Array, 4, 4, 300);
        IArrayMap<int> array = loaded.Map("m").AsArray<int>();
        for (int i = 0; i < array.Length; i++)
        {
            array[i] = i * i;
        }

        Assert.Equal(300, array.Length);
        Assert.Equal(289, array[17]);
        Assert.Equal(Enumerable.Range(0, 300).Select(i => i * i), array);
        int[] few = new int[10];
        Assert.Equal(10, array.CopyTo(few));
        Assert.Equal(81, few[9]);
        Assert.Throws<ArgumentOutOfRangeException>(() => array[300]);
        Assert.Throws<ArgumentOutOfRangeException>(() => array[-1] = 1);
    }

    [Fact]
    public void An_array_opened_as_memory_is_shared()
    {
        using LoadedObject loaded = Load(MapType.Array, 4, 8, 16, MapFlags.Mmapable);
        IArrayMap<ulong> array = loaded.Map("m").AsArray<ulong>();
        MapMemory memory = array.OpenMemory();
        memory.At<ulong>(8) = 77;
        Assert.Equal(77UL, array[1]);
        array[2] = 5;
        Assert.Equal(5UL, memory.At<ulong>(16));
        Assert.Equal(-Errno.Ebusy, loaded.Map("m").Freeze());
        memory.Dispose();
        Assert.Throws<ObjectDisposedException>(() => memory.Bytes.Length);
        Assert.Equal(0, loaded.Map("m").Freeze());
        BpfException frozen = Assert.ThrowsAny<BpfException>(() => array[0] = 1);
        Assert.Contains("EPERM", frozen.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_mmapable_arrays_open_as_memory()
    {
        using LoadedObject loaded = Load(MapType.Array, 4, 8, 16);
        Assert.Equal("BPF4005", Assert.ThrowsAny<BpfException>(() => loaded.Map("m").OpenMemory()).Findings[0].Id);
    }

    [Fact]
    public void Per_CPU_values_are_read_and_written_together()
    {
        using LoadedObject loaded = Load(MapType.PerCpuHash, 4, 4, 10);
        IPerCpuHashMap<uint, int> hash = loaded.Map("m").AsPerCpuHash<uint, int>();
        int[] values = [.. Enumerable.Range(1, hash.CpuCount)];
        Assert.True(hash.CpuCount >= 1);
        hash[3] = values;
        Assert.Equal(values, hash[3]);
        Assert.Equal(values, hash.Single().Value);
        Assert.Throws<KeyNotFoundException>(() => hash[4]);
        Assert.True(hash.Remove(3));
        using LoadedObject second = Load(MapType.PerCpuArray, 4, 4, 2);
        IPerCpuArrayMap<int> array = second.Map("m").AsPerCpuArray<int>();
        array[1] = values;
        Assert.Equal(values, array[1]);
        Assert.All(array, copies => Assert.Equal(array.CpuCount, copies.Length));
    }

    [Fact]
    public void Prefixes_match_longest_first()
    {
        using LoadedObject loaded = Load(MapType.LpmTrie, 8, 4, 10, MapFlags.NoPreallocate);
        IPrefixMap<uint, int> prefixes = loaded.Map("m").AsPrefixes<uint, int>();
        const uint Net10 = 0x0000000a;
        const uint Host10 = 0x0100000a;
        prefixes[Net10, 8] = 8;
        prefixes[Host10, 32] = 32;
        Assert.True(prefixes.TryMatch(Host10, out int value));
        Assert.Equal(32, value);
        Assert.True(prefixes.TryMatch(0x0200000a, out value));
        Assert.Equal(8, value);
        Assert.False(prefixes.TryMatch(0x0200000b, out _));
        Assert.Equal(2, prefixes.Count());
        Assert.True(prefixes.Remove(Host10, 32));
        Assert.Equal(new Prefix<uint>(Net10, 8), prefixes.Single().Key);
        Assert.Throws<ArgumentOutOfRangeException>(() => prefixes[Net10, 33] = 1);
    }

    [Fact]
    public void Queues_stacks_and_filters_have_no_keys()
    {
        using LoadedObject queues = Load(MapType.Queue, 0, 4, 2);
        IQueueMap<int> queue = queues.Map("m").AsQueue<int>();
        Assert.False(queue.TryPop(out _));
        Assert.True(queue.TryPush(1) && queue.TryPush(2));
        Assert.False(queue.TryPush(3));
        Assert.True(queue.TryPush(3, dropOldest: true));
        Assert.True(queue.TryPeek(out int value) && value == 2);
        using LoadedObject filters = Load(MapType.BloomFilter, 0, 4, 100);
        IBloomFilter<int> filter = filters.Map("m").AsBloomFilter<int>();
        filter.Add(5);
        Assert.True(filter.MayContain(5));
        Assert.False(filter.MayContain(500));
    }

    [Fact]
    public void Maps_of_maps_hold_live_maps()
    {
        MapSpec inner = new() { Name = "inner", Type = MapType.Hash, KeySize = 4, ValueSize = 4, MaxEntries = 8 };
        MapSpec outer = new()
        {
            Name = "outer",
            Type = MapType.HashOfMaps,
            KeySize = 4,
            ValueSize = 4,
            MaxEntries = 2,
            InnerMap = inner.Clone(),
        };
        BpfObject source = new() { Name = "nested", License = "GPL" };
        source.Maps.Add(inner);
        source.Maps.Add(outer);
        source.Maps.Add(new MapSpec { Name = "other", Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 8 });
        using LoadedObject loaded = Host.Load(source);
        IMapOfMaps<uint> maps = loaded.Map("outer").AsMapOfMaps<uint>();
        Assert.Null(maps[1]);
        maps[1] = loaded.Map("inner");
        loaded.Map("inner").AsHash<uint, int>()[7] = 42;
        Assert.Equal(42, maps[1]!.AsHash<uint, int>()[7]);
        Assert.Equal("BPF4003", Assert.ThrowsAny<BpfException>(() => maps[2] = loaded.Map("other")).Findings[0].Id);
        maps[1] = null;
        Assert.Null(maps[1]);
    }

    [Fact]
    public void Views_refuse_other_kinds_and_sizes()
    {
        using LoadedObject loaded = Load(MapType.Hash, 4, 8, 4);
        LoadedMap map = loaded.Map("m");
        Assert.Equal("BPF4001", Assert.ThrowsAny<BpfException>(() => map.AsArray<ulong>()).Findings[0].Id);
        Assert.Equal("BPF4002", Assert.ThrowsAny<BpfException>(() => map.AsHash<ulong, ulong>()).Findings[0].Id);
        Assert.Equal("BPF4002", Assert.ThrowsAny<BpfException>(() => map.AsHash<uint, uint>()).Findings[0].Id);
        Assert.Equal("BPF4006", Assert.ThrowsAny<BpfException>(() => map.OpenReader()).Findings[0].Id);
    }

    [Fact]
    public void A_ring_has_one_reader_that_waits_and_ends()
    {
        using LoadedObject loaded = Load(MapType.RingBuffer, 0, 0, 4096);
        RecordReader reader = loaded.Map("m").OpenReader();
        Assert.Equal("BPF4006", Assert.ThrowsAny<BpfException>(() => loaded.Map("m").OpenReader()).Findings[0].Id);
        Assert.False(reader.TryRead(out RecordBatch batch));
        Assert.Equal(0, batch.Count);
        Assert.False(reader.Read(TimeSpan.FromMilliseconds(1), out _, TestContext.Current.CancellationToken));
        reader.Dispose();
        Assert.Throws<ObjectDisposedException>(() => reader.TryRead(out _));
        using RecordReader second = loaded.Map("m").OpenReader();
        Assert.False(second.TryRead(out _));
    }

    [Fact]
    public async Task Waiting_for_records_can_be_cancelled_and_ends_with_the_reader()
    {
        using LoadedObject loaded = Load(MapType.RingBuffer, 0, 0, 4096);
        using (RecordReader reader = loaded.Map("m").OpenReader())
        {
            using CancellationTokenSource stop = new(20);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                await foreach (RecordBatch batch in reader.ReadBatchesAsync(stop.Token))
                {
                }
            });
        }

        RecordReader other = loaded.Map("m").OpenReader();
        Task<int> reading = Task.Run(async () =>
        {
            int batches = 0;
            await foreach (RecordBatch batch in other.ReadBatchesAsync(TestContext.Current.CancellationToken))
            {
                batches++;
            }

            return batches;
        });
        await Task.Delay(20, TestContext.Current.CancellationToken);
        other.Dispose();
        Assert.Equal(0, await reading.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    private LoadedObject Load(MapType type, int key, int value, uint entries, MapFlags flags = 0)
    {
        BpfObject source = new() { Name = "views", License = "GPL" };
        source.Maps.Add(new MapSpec
        {
            Name = "m",
            Type = type,
            KeySize = key,
            ValueSize = value,
            MaxEntries = entries,
            Flags = flags,
        });
        return Host.Load(source);
    }
}

/// <summary>The views in process.</summary>
public sealed class InProcessMapViewTests : MapViewTests
{
    protected override IBpfHost Host => BpfHost.InProcess;
}

/// <summary>The views in the kernel.</summary>
public sealed class KernelMapViewTests : MapViewTests
{
    protected override IBpfHost Host
    {
        get
        {
            KernelSupport.RequireBpf();
            return BpfHost.Kernel;
        }
    }
}
