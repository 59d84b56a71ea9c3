using System.Buffers.Binary;
using BpfSharp.Diagnostics;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Runtime.Maps;

namespace BpfSharp.Runtime.Tests.Maps;

/// <summary>The trie against the definition: of all prefixes that an address begins with, the longest.</summary>
public sealed unsafe class LpmTrieTests
{
    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 4)]
    [InlineData(3, 16)]
    [InlineData(4, 3)]
    [InlineData(5, 1)]
    public void Random_prefixes_agree_with_the_definition(int seed, int dataBytes)
    {
        const uint Entries = 60;
        using RuntimeMap map = MapFactory.Create(
            new MapSpec
            {
                Name = "m",
                Type = MapType.LpmTrie,
                KeySize = 4 + dataBytes,
                ValueSize = 4,
                MaxEntries = Entries,
                Flags = MapFlags.NoPreallocate,
            }, null);
        Dictionary<string, (int Length, string Bits, int Value)> model = [];
        Random random = new(seed);
        byte[] key = new byte[4 + dataBytes];
        for (int round = 0; round < 8_000; round++)
        {
            int length = random.Next((dataBytes * 8) + 1);
            Fill(random, key, length);
            string bits = Bits(key.AsSpan(4))[..length];
            fixed (byte* k = key)
            {
                int value = round;
                switch (random.Next(3))
                {
                    case 0:
                        long expected = model.ContainsKey(bits) || model.Count < Entries ? 0 : -Errno.Enospc;
                        Assert.Equal(expected, map.UpdateElement(k, (byte*)&value, 0, 0));
                        if (expected == 0)
                        {
                            model[bits] = (length, bits, value);
                        }

                        break;
                    case 1:
                        Assert.Equal(model.Remove(bits) ? 0 : -Errno.Enoent, map.DeleteElement(k));
                        break;
                    default:
                        BinaryPrimitives.WriteInt32LittleEndian(key, dataBytes * 8);
                        string whole = Bits(key.AsSpan(4));
                        int? longest = model.Values.Where(prefix => whole.StartsWith(prefix.Bits, StringComparison.Ordinal))
                            .OrderByDescending(prefix => prefix.Length).Select(prefix => (int?)prefix.Value).FirstOrDefault();
                        int* found = (int*)map.LookupElement(k, 0);
                        Assert.Equal(longest, found is null ? null : *found);
                        break;
                }
            }
        }

        List<ElementRef> all = [];
        long cursor = 0;
        map.NextElements(ref cursor, int.MaxValue, all);
        Assert.Equal(model.Count, all.Count);
    }

    // Few different bytes, so that prefixes often contain each other.
    private static void Fill(Random random, byte[] key, int length)
    {
        BinaryPrimitives.WriteInt32LittleEndian(key, length);
        for (int i = 4; i < key.Length; i++)
        {
            key[i] = (byte)(random.Next(4) == 0 ? random.Next(256) : random.Next(2) * 0x80);
        }
    }

    private static string Bits(ReadOnlySpan<byte> data)
    {
        char[] bits = new char[data.Length * 8];
        for (int i = 0; i < bits.Length; i++)
        {
            bits[i] = (data[i / 8] & (0x80 >> (i % 8))) != 0 ? '1' : '0';
        }

        return new string(bits);
    }
}
