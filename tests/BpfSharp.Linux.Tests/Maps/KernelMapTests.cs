using System.Buffers.Binary;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Linux.Maps;
using BpfSharp.Linux.Tests.Sandbox;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Tests.Maps;

/// <summary>Every kind of map in the kernel, in bytes: what it takes, gives and refuses.</summary>
public sealed class KernelMapTests
{
    [Theory]
    [InlineData(MapType.Hash, MapFlags.None)]
    [InlineData(MapType.Hash, MapFlags.NoPreallocate)]
    [InlineData(MapType.Array, MapFlags.None)]
    [InlineData(MapType.PerCpuHash, MapFlags.None)]
    [InlineData(MapType.PerCpuArray, MapFlags.None)]
    [InlineData(MapType.LruHash, MapFlags.None)]
    [InlineData(MapType.LruPerCpuHash, MapFlags.None)]
    public void Elements_are_written_read_and_deleted(MapType type, MapFlags flags) => Sandboxed.Run(box =>
    {
        using KernelMap map = Create(type, 4, 8, 16, flags);
        byte[] value = new byte[map.ValueBytes];
        byte[] read = new byte[map.ValueBytes];
        bool array = type is MapType.Array or MapType.PerCpuArray;
        Assert.Equal(array ? 0 : -Errno.Enoent, map.Lookup(Key(3), read));
        new Random(7).NextBytes(value);
        Assert.Equal(0, map.Update(Key(3), value));
        Assert.Equal(0, map.Lookup(Key(3), read));
        Assert.Equal(value, read);
        Assert.Equal(-Errno.Eexist, map.Update(Key(3), value, (ulong)UpdateMode.NoExist));
        Assert.Equal(array ? -Errno.E2Big : -Errno.Enoent, map.Update(Key(array ? 99 : 9), value, (ulong)UpdateMode.Exist));
        Assert.Equal(array ? -Errno.Einval : 0, map.Delete(Key(3)));
        Assert.Equal(array ? -Errno.Einval : -Errno.Enoent, map.Delete(Key(3)));
    }, [type, flags]);

    [Theory]
    [InlineData(MapType.Hash)]
    [InlineData(MapType.Array)]
    [InlineData(MapType.PerCpuHash)]
    [InlineData(MapType.LruHash)]
    [InlineData(MapType.LpmTrie)]
    public void Batches_give_every_element_once(MapType type) => Sandboxed.Run(box =>
    {
        const int Count = 1000;
        bool trie = type == MapType.LpmTrie;
        using KernelMap map = Create(type, trie ? 8 : 4, 8, 2 * Count, trie ? MapFlags.NoPreallocate : MapFlags.None);
        byte[] value = new byte[map.ValueBytes];
        for (int i = 0; i < (type == MapType.Array ? 2 * Count : Count); i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(value, i);
            Assert.Equal(0, map.Update(trie ? [.. Key(32), .. Key(i)] : Key(i), value));
        }

        HashSet<int> seen = [];
        byte[]? cursor = null;
        byte[] keys = new byte[map.Spec.KeySize * 300];
        byte[] values = new byte[map.ValueBytes * 300];
        int result;
        do
        {
            result = map.LookupBatch(ref cursor, keys, values, out int count);
            for (int i = 0; i < count; i++)
            {
                Assert.True(seen.Add(BinaryPrimitives.ReadInt32LittleEndian(values.AsSpan(i * map.ValueBytes))));
            }
        }
        while (result == 0);
        Assert.Equal(-Errno.Enoent, result);
        Assert.Equal(type == MapType.Array ? 2 * Count : Count, seen.Count);
    }, [type]);

    [Fact]
    public void Whole_batches_are_written_taken_and_deleted() => Sandboxed.Run(box =>
    {
        using KernelMap map = Create(MapType.Hash, 4, 8, 100);
        byte[] keys = [.. Enumerable.Range(0, 50).SelectMany(Key)];
        Assert.Equal(0, map.UpdateBatch(keys, new byte[400], out int count));
        Assert.Equal(50, count);
        Assert.Equal(0, map.DeleteBatch(keys.AsSpan(0, 40), out count));
        Assert.Equal(10, count);
        byte[]? cursor = null;
        Assert.Equal(-Errno.Enoent, map.LookupAndDeleteBatch(ref cursor, new byte[400], new byte[800], out count));
        Assert.Equal(40, count);
        Assert.Equal(-Errno.Enoent, map.NextKey([], new byte[4]));
    });

    [Fact]
    public void An_element_is_taken_and_deleted() => Sandboxed.Run(box =>
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(5, 14), "lookup and delete of hash maps needs Linux 5.14");
        using KernelMap map = Create(MapType.Hash, 4, 8, 4);
        Assert.Equal(0, map.Update(Key(1), [1, 2, 3, 4, 5, 6, 7, 8]));
        byte[] value = new byte[8];
        Assert.Equal(0, map.LookupAndDelete(Key(1), value));
        Assert.Equal(8, value[7]);
        Assert.Equal(-Errno.Enoent, map.LookupAndDelete(Key(1), value));
    });

    [Theory]
    [InlineData(MapType.Queue, 1)]
    [InlineData(MapType.Stack, 3)]
    public void Queues_and_stacks_push_peek_and_pop(MapType type, byte first) => Sandboxed.Run(box =>
    {
        using KernelMap map = Create(type, 0, 4, 3);
        for (byte i = 1; i <= 3; i++)
        {
            Assert.Equal(0, map.Update([], [i, 0, 0, 0]));
        }

        Assert.Equal(-Errno.E2Big, map.Update([], new byte[4]));
        byte[] value = new byte[4];
        Assert.Equal(0, map.Lookup([], value));
        Assert.Equal(first, value[0]);
        Assert.Equal(0, map.LookupAndDelete([], value));
        Assert.Equal(first, value[0]);
        Assert.Equal(0, map.LookupAndDelete([], value));
        Assert.Equal(2, value[0]);
        Assert.Equal(0, map.LookupAndDelete([], value));
        Assert.Equal(-Errno.Enoent, map.LookupAndDelete([], value));
    }, [type, first]);

    [Fact]
    public void Bloom_filters_know_what_they_have_not_seen() => Sandboxed.Run(box =>
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(5, 16), "bloom filters need Linux 5.16");
        using KernelMap map = Create(MapType.BloomFilter, 0, 4, 100);
        Assert.Equal(0, map.Update([], Key(5)));
        Assert.Equal(0, map.Lookup([], Key(5)));
        Assert.Equal(-Errno.Enoent, map.Lookup([], Key(6)));
    });

    [Fact]
    public void Prefixes_match_longest_first() => Sandboxed.Run(box =>
    {
        using KernelMap map = Create(MapType.LpmTrie, 8, 1, 10, MapFlags.NoPreallocate);
        Assert.Equal(0, map.Update([8, 0, 0, 0, 10, 0, 0, 0], [1]));
        Assert.Equal(0, map.Update([24, 0, 0, 0, 10, 1, 2, 0], [2]));
        byte[] value = new byte[1];
        Assert.Equal(0, map.Lookup([32, 0, 0, 0, 10, 1, 2, 9], value));
        Assert.Equal(2, value[0]);
        Assert.Equal(0, map.Lookup([32, 0, 0, 0, 10, 9, 9, 9], value));
        Assert.Equal(1, value[0]);
        Assert.Equal(-Errno.Enoent, map.Lookup([32, 0, 0, 0, 11, 0, 0, 1], value));
    });

    [Theory]
    [InlineData(MapType.ArrayOfMaps)]
    [InlineData(MapType.HashOfMaps)]
    public void Inner_maps_are_put_found_and_replaced(MapType type) => Sandboxed.Run(box =>
    {
        MapSpec shape = new() { Name = "inner", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 4 };
        BpfObject source = new() { License = "GPL" };
        source.Maps.Add(new MapSpec { Name = "outer", Type = type, KeySize = 4, ValueSize = 4, MaxEntries = 4, InnerMap = shape });
        KernelObject loaded = box.Load(source);
        using KernelMap inner = Create(MapType.Hash, 4, 8, 4);
        using KernelMap other = Create(MapType.Array, 4, 8, 4);
        LoadedMap outer = loaded.Map("outer");
        Assert.Null(outer.GetInnerMap(Key(1)));
        Assert.Equal(0, outer.SetInnerMap(Key(1), inner));
        Assert.Equal(0, inner.Update(Key(7), new byte[8]));
        Assert.Equal(0, outer.GetInnerMap(Key(1))!.Lookup(Key(7), new byte[8]));
        Assert.Equal(-Errno.Einval, outer.SetInnerMap(Key(2), other));
        Assert.Equal(0, outer.Delete(Key(1)));
        Assert.Null(outer.GetInnerMap(Key(1)));
    }, [type]);

    [Fact]
    public void Arrays_are_shared_memory() => Sandboxed.Run(box =>
    {
        using KernelMap map = Create(MapType.Array, 4, 12, 100, MapFlags.Mmapable);
        using (MapMemory memory = map.OpenMemory())
        {
            Assert.Equal(1600, memory.Bytes.Length);
            memory.At<int>(16 * 5) = 99;
            byte[] value = new byte[12];
            Assert.Equal(0, map.Lookup(Key(5), value));
            Assert.Equal(99, value[0]);
            Assert.Equal(-Errno.Ebusy, map.Freeze());
        }

        Assert.Equal(0, map.Freeze());
        Assert.Equal(-Errno.Eperm, map.Update(Key(5), new byte[12]));
        using MapMemory frozen = map.OpenMemory();
        Assert.True(frozen.IsReadOnly);
        Assert.Equal(99, frozen.Bytes[80]);
    });

    [Fact]
    public void Arenas_are_memory_from_the_start() => Sandboxed.Run(box =>
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(6, 9), "arenas need Linux 6.9");
        BpfObject source = new() { License = "GPL" };
        source.Maps.Add(new MapSpec { Name = "arena", Type = MapType.Arena, MaxEntries = 4, Flags = MapFlags.Mmapable, InitialData = [1, 2, 3] });
        KernelObject loaded = box.Load(source);
        using MapMemory memory = loaded.Map("arena").OpenMemory();
        Assert.Equal(4 * Environment.SystemPageSize, memory.Bytes.Length);
    });

    [Theory]
    [InlineData(MapType.Array, 8, 8, 1u, MapFlags.None)]
    [InlineData(MapType.Array, 4, 8, 1u, MapFlags.NoPreallocate)]
    [InlineData(MapType.Hash, 0, 8, 1u, MapFlags.None)]
    [InlineData(MapType.Hash, 4, 8, 0u, MapFlags.None)]
    [InlineData(MapType.LpmTrie, 8, 8, 1u, MapFlags.None)]
    [InlineData(MapType.RingBuffer, 0, 0, 0u, MapFlags.None)]
    [InlineData(MapType.CgroupStorage, 12, 8, 0u, MapFlags.None)]
    public void Wrong_shapes_are_refused_with_what_was_asked(MapType type, int key, int value, uint entries, MapFlags flags) => Sandboxed.Run(box =>
    {
        KernelException error = Assert.Throws<KernelException>(() => Create(type, key, value, entries, flags));
        Assert.Equal("EINVAL", error.ErrorName);
        Assert.Contains($"{type}, key {key}, value {value}, entries {entries}", error.Message, StringComparison.Ordinal);
    }, [type, key, value, entries, flags]);

    [Fact]
    public void Errors_of_the_kernels_own_have_a_name() => Sandboxed.Run(box =>
    {
        KernelException error = Assert.Throws<KernelException>(() => Create(MapType.LruHash, 4, 8, 1, MapFlags.NoPreallocate));
        Assert.True(error.ErrorName is "ENOTSUPP" or "EINVAL", error.Message);
        Assert.True(error.ErrorNumber != 524 || error.Message.Contains("ENOTSUPP", StringComparison.Ordinal));
    });

    [Fact]
    public void Keys_and_values_of_a_wrong_size_are_misuse() => Sandboxed.Run(box =>
    {
        using KernelMap map = Create(MapType.Hash, 4, 8, 4);
        Assert.Throws<ArgumentException>(() => map.Lookup(new byte[3], new byte[8]));
        Assert.Throws<ArgumentException>(() => map.Lookup(new byte[4], new byte[7]));
        Assert.Throws<ArgumentException>(() => map.Update(new byte[4], new byte[7]));
        Assert.Throws<ArgumentException>(() => map.NextKey(new byte[4], new byte[3]));
        map.Dispose();
        Assert.Throws<ObjectDisposedException>(() => map.Lookup(new byte[4], new byte[8]));
    });

    private static byte[] Key(int number)
    {
        byte[] key = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(key, number);
        return key;
    }

    private static KernelMap Create(MapType type, int keySize, int valueSize, uint entries, MapFlags flags = MapFlags.None) => MapCreation.Create(
        MapCreation.Complete(new MapSpec { Name = "map", Type = type, KeySize = keySize, ValueSize = valueSize, MaxEntries = entries, Flags = flags }));
}
