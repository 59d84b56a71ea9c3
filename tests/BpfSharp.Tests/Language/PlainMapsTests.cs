using BpfSharp.Diagnostics;
using BpfSharp.Language;
using BpfSharp.Maps;

namespace BpfSharp.Tests.Language;

public sealed class PlainMapsTests
{
    private struct Padded
    {
        public byte Kind;
        public uint Number;
    }

    [Fact]
    public void A_hash_has_the_kernels_results()
    {
        HashMap<uint, ulong> map = new(maxEntries: 2);
        Assert.Equal(0, map.Update(1, 10, UpdateMode.NoExist));
        Assert.Equal(-Errno.Eexist, map.Update(1, 11, UpdateMode.NoExist));
        Assert.Equal(-Errno.Enoent, map.Update(2, 20, UpdateMode.Exist));
        Assert.True(map.TryAdd(2, 20));
        Assert.Equal(-Errno.E2Big, map.Update(3, 30, UpdateMode.Any));
        Assert.True(map.TryReplace(2, 21));
        Assert.True(map.TryGetValue(2, out ulong value));
        Assert.Equal(21UL, value);
        Assert.True(map.Remove(2));
        Assert.False(map.Remove(2));
        Assert.False(map.Contains(2));
    }

    [Fact]
    public void A_reference_outlives_deletion()
    {
        HashMap<uint, ulong> map = new(maxEntries: 2);
        map.Set(1, 10);
        ref ulong value = ref map.Find(1, out bool found);
        Assert.True(found);
        map.Remove(1);
        value = 11;
        Assert.Equal(11UL, value);
        Assert.False(map.Contains(1));
    }

    [Fact]
    public void Keys_without_equality_of_their_own_are_compared_by_bytes()
    {
        HashMap<Padded, uint> map = new(maxEntries: 4);
        Padded key = default;
        key.Kind = 1;
        key.Number = 7;
        map.Set(key, 5);
        Assert.True(map.Contains(key));
        key.Number = 8;
        Assert.False(map.Contains(key));
    }

    [Fact]
    public void An_LRU_map_drops_what_was_used_longest_ago()
    {
        LruHashMap<uint, uint> map = new(maxEntries: 2);
        map.Set(1, 1);
        map.Set(2, 2);
        Assert.True(map.Contains(1));
        map.Set(3, 3);
        Assert.True(map.Contains(1));
        Assert.False(map.Contains(2));
        Assert.True(map.Contains(3));
    }

    [Theory]
    [InlineData(0x0A010203u, 24u)]
    [InlineData(0x0A010903u, 16u)]
    [InlineData(0x0A090203u, 8u)]
    [InlineData(0x0B010203u, 0u)]
    public void A_trie_finds_the_longest_prefix(uint address, uint expected)
    {
        LpmTrie<IPv4Prefix, uint> map = new(maxEntries: 8);
        map.Set(new IPv4Prefix(0x0A000000, 8), 8);
        map.Set(new IPv4Prefix(0x0A010000, 16), 16);
        map.Set(new IPv4Prefix(0x0A010200, 24), 24);
        Assert.Equal(expected != 0, map.TryGetValue(new IPv4Prefix(address), out uint length));
        Assert.Equal(expected, length);
    }

    [Fact]
    public void Arrays_are_there_from_the_start()
    {
        ArrayMap<ulong> map = new(maxEntries: 2);
        ref ulong value = ref map.Find(1, out bool found);
        Assert.True(found);
        value += 3;
        Assert.True(map.TryGetValue(1, out ulong read));
        Assert.Equal(3UL, read);
        map.Find(2, out found);
        Assert.False(found);
        Assert.False(map.Set(2, 1));
    }

    [Fact]
    public void Queues_and_stacks_differ_in_their_order()
    {
        QueueMap<int> queue = new(maxEntries: 2);
        StackMap<int> stack = new(maxEntries: 2);
        foreach (PushMap<int> map in (PushMap<int>[])[queue, stack])
        {
            Assert.True(map.TryPush(1));
            Assert.True(map.TryPush(2));
            Assert.False(map.TryPush(3));
        }

        Assert.True(queue.TryPop(out int first));
        Assert.True(stack.TryPop(out int last));
        Assert.Equal((1, 2), (first, last));
        Assert.True(queue.PushOver(4));
        Assert.True(queue.PushOver(5));
        Assert.True(queue.TryPeek(out int next));
        Assert.Equal(4, next);
    }

    [Fact]
    public void A_bloom_filter_never_forgets()
    {
        BloomFilter<uint> filter = new(maxEntries: 8);
        Assert.False(filter.MayContain(5));
        Assert.True(filter.Add(5));
        Assert.True(filter.MayContain(5));
    }

    [Fact]
    public void Elements_are_visited_until_told_to_stop()
    {
        HashMap<uint, ulong> map = new(maxEntries: 8);
        for (uint i = 0; i < 5; i++)
        {
            map.Set(i, i);
        }

        ulong sum = 0;
        Assert.Equal(5, map.ForEach(static (in uint _, ref ulong value, ref ulong state) => { state += value; return true; }, ref sum));
        Assert.Equal(10UL, sum);
        Assert.Equal(1, map.ForEach(static (in uint _, ref ulong _, ref ulong _) => false, ref sum));
    }

    [Fact]
    public void Typed_views_stand_on_plain_storage_too()
    {
        HashMap<uint, ulong> map = new(maxEntries: 8);
        IHashMap<uint, ulong> view = map.Plain.AsHash<uint, ulong>();
        view[3] = 4;
        Assert.True(map.TryGetValue(3, out ulong value));
        Assert.Equal(4UL, value);
        map.Set(9, 1);
        Assert.Equal([3u, 9u], view.Select(p => p.Key).Order());
        map.ResetPlain();
        Assert.False(map.Contains(3));
    }

    [Fact]
    public void Shapes_are_data()
    {
        BpfSharp.Objects.MapSpec spec = new LpmTrie<IPv4Prefix, uint>(maxEntries: 8) { Pinning = true }.ToSpec("routes");
        Assert.Equal((MapType.LpmTrie, 8, 4, 8u, MapFlags.NoPreallocate, 1u),
            (spec.Type, spec.KeySize, spec.ValueSize, spec.MaxEntries, spec.Flags, spec.Pinning));
    }
}
