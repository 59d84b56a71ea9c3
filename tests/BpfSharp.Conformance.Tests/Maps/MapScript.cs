using System.Buffers.Binary;
using System.Globalization;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Maps;

namespace BpfSharp.Conformance.Tests.Maps;

/// <summary>
/// Runs a table of map operations, one a line: <c>operation arguments -> expected</c>. Keys and values are numbers (or
/// <c>a.b.c.d/n</c> for prefixes); results are values, <c>ok</c>, or the kernel's name of an error.
/// </summary>
internal static class MapScript
{
    /// <summary>Runs a script; returns what did not answer as expected, a line each.</summary>
    public static List<string> Run(LoadedMap map, string script)
    {
        List<string> wrong = [];
        foreach (string raw in script.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string line = raw.Split('#')[0].Trim();
            if (line.Length == 0)
            {
                continue;
            }

            string[] sides = line.Split("->", StringSplitOptions.TrimEntries);
            string got = Execute(map, sides[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
            if (got != sides[1])
            {
                wrong.Add($"{line}   (got {got})");
            }
        }

        return wrong;
    }

    private static string Execute(LoadedMap map, string[] words)
    {
        byte[] value = new byte[map.ValueBytes];
        switch (words[0])
        {
            case "set":
                Write(value, words[2]);
                return Say(map.Update(Key(map, words[1]), value, Flags(words, 3)));
            case "get":
                return Say(map.Lookup(Key(map, words[1]), value, Flags(words, 2)), value);
            case "del":
                return Say(map.Delete(Key(map, words[1])));
            case "take":
                return Say(map.LookupAndDelete(Key(map, words[1]), value, Flags(words, 2)), value);
            case "push":
                Write(value, words[1]);
                return Say(map.Update([], value, Flags(words, 2)));
            case "has":
                Write(value, words[1]);
                return Say(map.Lookup([], value));
            case "pop":
                return Say(map.LookupAndDelete([], value), value);
            case "peek":
                return Say(map.Lookup([], value), value);
            case "next":
                byte[] next = new byte[map.Spec.KeySize];
                int result = map.NextKey(words.Length == 1 ? [] : Key(map, words[1]), next);
                return result < 0 ? Errno.NameOf(result) : Text(map, next);
            case "keys":
                return string.Join(' ', Walk(map).Order(StringComparer.Ordinal));
            case "walk":
                return string.Join(' ', Walk(map));
            case "batch":
                return Batch(map, words.Length > 1 ? int.Parse(words[1], CultureInfo.InvariantCulture) : 64);
            case "fill":
                return Fill(map, uint.Parse(words[1], CultureInfo.InvariantCulture));
            case "count":
                return Walk(map).Count.ToString(CultureInfo.InvariantCulture);
            case "freeze":
                return Say(map.Freeze());
            default:
                throw new InvalidOperationException($"no operation '{words[0]}'");
        }
    }

    private static List<string> Walk(LoadedMap map)
    {
        List<string> keys = [];
        byte[] key = [];
        byte[] next = new byte[map.Spec.KeySize];
        while (keys.Count < 100_000 && map.NextKey(key, next) == 0)
        {
            keys.Add(Text(map, next));
            key = (byte[])next.Clone();
        }

        return keys;
    }

    private static string Batch(LoadedMap map, int room)
    {
        List<string> pairs = [];
        byte[]? cursor = null;
        byte[] keys = new byte[room * map.Spec.KeySize];
        byte[] values = new byte[room * map.ValueBytes];
        for (int round = 0; round < 10_000; round++)
        {
            int result = map.LookupBatch(ref cursor, keys, values, out int count);
            for (int i = 0; i < count; i++)
            {
                string key = Text(map, keys.AsSpan(i * map.Spec.KeySize, map.Spec.KeySize));
                pairs.Add($"{key}={Value(values.AsSpan(i * map.ValueBytes, map.ValueBytes))}");
            }

            if (result == -Errno.Enoent)
            {
                return string.Join(' ', pairs.Order(StringComparer.Ordinal));
            }

            if (result < 0)
            {
                return Errno.NameOf(result);
            }
        }

        return "endless";
    }

    private static string Fill(LoadedMap map, uint count)
    {
        byte[] value = new byte[map.ValueBytes];
        for (uint i = 0; i < count; i++)
        {
            Write(value, (i * 10).ToString(CultureInfo.InvariantCulture));
            int result = map.Update(Key(map, i.ToString(CultureInfo.InvariantCulture)), value);
            if (result < 0)
            {
                return $"{i} {Errno.NameOf(result)}";
            }
        }

        return "ok";
    }

    private static byte[] Key(LoadedMap map, string text)
    {
        byte[] key = new byte[map.Spec.KeySize];
        if (map.Spec.Type == MapType.LpmTrie)
        {
            string[] parts = text.Split('/');
            BinaryPrimitives.WriteUInt32LittleEndian(key, uint.Parse(parts[1], CultureInfo.InvariantCulture));
            string[] numbers = parts[0].Split('.');
            for (int i = 0; i < numbers.Length; i++)
            {
                key[4 + i] = byte.Parse(numbers[i], CultureInfo.InvariantCulture);
            }

            return key;
        }

        Write(key, text);
        return key;
    }

    private static string Text(LoadedMap map, ReadOnlySpan<byte> key) => map.Spec.Type == MapType.LpmTrie
        ? $"{string.Join('.', key[4..].ToArray())}/{BinaryPrimitives.ReadUInt32LittleEndian(key)}"
        : Value(key);

    private static void Write(Span<byte> to, string number)
    {
        to.Clear();
        ulong value = ulong.Parse(number, CultureInfo.InvariantCulture);
        for (int i = 0; i < Math.Min(8, to.Length); i++)
        {
            to[i] = (byte)(value >> (8 * i));
        }
    }

    private static string Value(ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int i = 0; i < Math.Min(8, bytes.Length); i++)
        {
            value |= (ulong)bytes[i] << (8 * i);
        }

        return value.ToString(CultureInfo.InvariantCulture);
    }

    private static ulong Flags(string[] words, int at) => words.Length <= at
        ? 0
        : words[at] switch
        {
            "any" => 0,
            "noexist" => 1,
            "exist" => 2,
            "lock" => 4,
            string other => ulong.Parse(other, CultureInfo.InvariantCulture),
        };

    private static string Say(int result, ReadOnlySpan<byte> value = default) =>
        result < 0 ? Errno.NameOf(result) : value.IsEmpty ? "ok" : Value(value);
}
