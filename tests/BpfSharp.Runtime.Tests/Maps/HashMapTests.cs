using BpfSharp.Diagnostics;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Runtime.Maps;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Tests.Maps;

/// <summary>Hash maps under many threads, and against a dictionary.</summary>
public sealed unsafe class HashMapTests
{
    private const int Threads = 4;

    [Theory]
    [InlineData(MapType.Hash, 4)]
    [InlineData(MapType.Hash, 8)]
    [InlineData(MapType.Hash, 16)]
    [InlineData(MapType.Hash, 13)]
    [InlineData(MapType.LruHash, 4)]
    public void Readers_never_miss_what_stays_and_user_space_never_sees_another_keys_value(MapType type, int keySize)
    {
        const uint Stable = 200;
        const uint Moving = 600;
        using RuntimeMap map = Make(type, keySize, 8, type == MapType.LruHash ? 4096u : 600);
        byte* key = stackalloc byte[keySize];
        for (uint i = 0; i < Stable; i++)
        {
            ulong value = Value(i);
            Assert.Equal(0, map.UpdateElement(Key(key, keySize, i), (byte*)&value, 0, 0));
        }

        int wrong = 0;
        bool stop = false;
        Thread[] readers = [.. Enumerable.Range(0, 2).Select(number => new Thread(() =>
        {
            byte* mine = stackalloc byte[keySize];
            Random random = new(number);
            while (!Volatile.Read(ref stop))
            {
                uint wanted = (uint)random.Next((int)(Stable + Moving));
                byte* found = map.LookupElement(Key(mine, keySize, wanted), number);
                ulong value;
                int result = map.Lookup(new ReadOnlySpan<byte>(mine, keySize), new Span<byte>(&value, sizeof(ulong)));
                if (wanted < Stable ? found is null || result != 0 || value != Value(wanted) : result == 0 && value != Value(wanted))
                {
                    Interlocked.Increment(ref wrong);
                }
            }
        }))];
        Thread[] writers = [.. Enumerable.Range(0, 2).Select(number => new Thread(() =>
        {
            byte* mine = stackalloc byte[keySize];
            Random random = new(100 + number);
            for (int round = 0; round < 40_000; round++)
            {
                uint index = Stable + (uint)random.Next((int)Moving);
                ulong value = Value(index);
                if (random.Next(2) == 0)
                {
                    map.UpdateElement(Key(mine, keySize, index), (byte*)&value, 0, number);
                }
                else
                {
                    map.DeleteElement(Key(mine, keySize, index));
                }

                // Replacing moves stable keys to other nodes under the readers.
                uint stable = (uint)random.Next((int)Stable);
                value = Value(stable);
                map.UpdateElement(Key(mine, keySize, stable), (byte*)&value, 0, number);
            }
        }))];
        foreach (Thread thread in readers.Concat(writers))
        {
            thread.Start();
        }

        foreach (Thread thread in writers)
        {
            thread.Join();
        }

        Volatile.Write(ref stop, true);
        foreach (Thread thread in readers)
        {
            thread.Join();
        }

        Assert.Equal(0, wrong);
        Assert.Equal(Threads, readers.Length + writers.Length);
    }

    [Fact]
    public void A_full_map_takes_exactly_its_entries_from_many_threads()
    {
        const uint Entries = 1000;
        using RuntimeMap map = Make(MapType.Hash, 4, 8, Entries);
        int added = 0;
        Parallel.For(0, 4, number =>
        {
            for (uint i = 0; i < 1000; i++)
            {
                uint key = ((uint)number * 1000) + i;
                ulong value = key;
                if (map.UpdateElement((byte*)&key, (byte*)&value, 1, number) == 0)
                {
                    Interlocked.Increment(ref added);
                }
            }
        });
        Assert.Equal((int)Entries, added);
        uint one = 5000;
        Assert.Equal(-Errno.E2Big, map.UpdateElement((byte*)&one, (byte*)&one, 0, 0));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(40)]
    public void Random_operations_agree_with_a_dictionary(int keySize)
    {
        const uint Entries = 64;
        using RuntimeMap map = Make(MapType.Hash, keySize, 8, Entries);
        Dictionary<uint, ulong> model = [];
        Random random = new(keySize);
        byte* key = stackalloc byte[keySize];
        for (int round = 0; round < 20_000; round++)
        {
            uint index = (uint)random.Next(100);
            ulong value = (ulong)random.NextInt64();
            Key(key, keySize, index);
            switch (random.Next(3))
            {
                case 0:
                    long expected = model.ContainsKey(index) || model.Count < Entries ? 0 : -Errno.E2Big;
                    Assert.Equal(expected, map.UpdateElement(key, (byte*)&value, 0, 0));
                    if (expected == 0)
                    {
                        model[index] = value;
                    }

                    break;
                case 1:
                    Assert.Equal(model.Remove(index) ? 0 : -Errno.Enoent, map.DeleteElement(key));
                    break;
                default:
                    ulong* found = (ulong*)map.LookupElement(key, 0);
                    Assert.Equal(model.ContainsKey(index), found is not null);
                    Assert.True(found is null || *found == model[index]);
                    break;
            }
        }
    }

    [Fact]
    public void Eviction_spares_what_is_used()
    {
        const uint Entries = 1000;
        using RuntimeMap map = Make(MapType.LruHash, 4, 8, Entries);
        for (uint i = 0; i < 20_000; i++)
        {
            ulong value = i;
            map.UpdateElement((byte*)&i, (byte*)&value, 0, 0);
            for (uint hot = 0; hot < Math.Min(i, 10); hot++)
            {
                Assert.True(map.LookupElement((byte*)&hot, 0) is not null, $"key {hot} was evicted after {i}");
            }
        }
    }

    [Fact]
    public void A_pointer_outlives_the_element()
    {
        using RuntimeMap map = Make(MapType.Hash, 4, 8, 4);
        uint key = 1;
        ulong value = 42;
        map.UpdateElement((byte*)&key, (byte*)&value, 0, 0);
        ulong* pointer = (ulong*)map.LookupElement((byte*)&key, 0);
        map.DeleteElement((byte*)&key);
        Assert.Equal(42UL, *pointer);
        Assert.True(map.Owns((byte*)pointer, 8));
        Assert.True(map.LookupElement((byte*)&key, 0) is null);
    }

    [Fact]
    public void Per_CPU_values_are_apart()
    {
        using RuntimeMap map = Make(MapType.PerCpuHash, 4, 8, 4);
        uint key = 1;
        for (int cpu = 0; cpu < CpuSlots.Count; cpu++)
        {
            ulong value = (ulong)cpu + 10;
            Assert.Equal(0, map.UpdateElement((byte*)&key, (byte*)&value, 0, cpu));
        }

        for (int cpu = 0; cpu < CpuSlots.Count; cpu++)
        {
            Assert.Equal((ulong)cpu + 10, *(ulong*)map.LookupElement((byte*)&key, cpu));
            Assert.Equal((ulong)cpu + 10, *(ulong*)map.LookupElementOf((byte*)&key, cpu));
        }

        Assert.True(map.LookupElementOf((byte*)&key, CpuSlots.Count) is null);
    }

    private static RuntimeMap Make(MapType type, int keySize, int valueSize, uint entries) => MapFactory.Create(
        new MapSpec { Name = "m", Type = type, KeySize = keySize, ValueSize = valueSize, MaxEntries = entries }, null);

    private static ulong Value(uint index) => index * 0x9E37_79B9UL;

    private static byte* Key(byte* key, int size, uint index)
    {
        new Span<byte>(key, size).Fill(0x5a);
        *(uint*)key = index;
        return key;
    }
}
