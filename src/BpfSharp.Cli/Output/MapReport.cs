using System.Text.Json;
using BpfSharp.Hosting;
using BpfSharp.Maps;
using BpfSharp.Objects;
using Spectre.Console;

namespace BpfSharp.Cli.Output;

/// <summary>What maps hold after a run: the non-zero elements, largest numbers first.</summary>
internal static class MapReport
{
    private const int Shown = 8;

    /// <summary>Shows every map of the program's author that holds something.</summary>
    public static void Write(Terminal terminal, LoadedObject loaded)
    {
        foreach (LoadedMap map in loaded.Maps.Values.Where(IsShown))
        {
            List<(byte[] Key, byte[] Value)> elements = [.. Elements(map)];
            if (elements.Count == 0)
            {
                continue;
            }

            terminal.Out.MarkupLineInterpolated($"map [bold]{map.Name}[/]  [grey]{map.Spec.Type}, {elements.Count} elements{(elements.Count > Shown ? $", {Shown} shown" : "")}[/]");
            foreach ((byte[] key, byte[] value) in elements.Take(Shown))
            {
                terminal.WriteLine($"  {Text(key)} = {Text(value)}");
            }
        }
    }

    /// <summary>Writes the same as JSON: per map a list of keys and values in hexadecimal.</summary>
    public static void WriteJson(Utf8JsonWriter json, LoadedObject loaded)
    {
        json.WriteStartObject();
        foreach (LoadedMap map in loaded.Maps.Values.Where(IsShown))
        {
            json.WriteStartArray(map.Name);
            foreach ((byte[] key, byte[] value) in Elements(map))
            {
                json.WriteStartObject();
                json.WriteString("key", Convert.ToHexStringLower(key));
                json.WriteString("value", Convert.ToHexStringLower(value));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>A value as people read it: the sum of per-CPU counters, a number of up to 8 bytes, else hexadecimal.</summary>
    public static string ValueText(LoadedMap map, byte[] value) => Text(Sum(map, value));

    private static bool IsShown(LoadedMap map) => map.Spec.Role == MapRole.User && map.Spec.Type is MapType.Hash or MapType.Array
        or MapType.PerCpuHash or MapType.PerCpuArray or MapType.LruHash or MapType.LruPerCpuHash or MapType.LpmTrie;

    private static IEnumerable<(byte[] Key, byte[] Value)> Elements(LoadedMap map)
    {
        byte[] key = [];
        while (true)
        {
            byte[] next = new byte[map.Spec.KeySize];
            if (map.NextKey(key, next) != 0)
            {
                yield break;
            }

            key = next;
            byte[] value = new byte[map.ValueBytes];
            if (map.Lookup(key, value) == 0 && value.AsSpan().IndexOfAnyExcept((byte)0) >= 0)
            {
                yield return (key, Sum(map, value));
            }
        }
    }

    // Per CPU counters are shown as their sum when they are one number.
    private static byte[] Sum(LoadedMap map, byte[] value)
    {
        int stride = (map.Spec.ValueSize + 7) & ~7;
        if (value.Length == map.Spec.ValueSize || map.Spec.ValueSize != sizeof(ulong))
        {
            return value;
        }

        ulong sum = 0;
        for (int at = 0; at < value.Length; at += stride)
        {
            sum += System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(value.AsSpan(at));
        }

        byte[] total = new byte[sizeof(ulong)];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(total, sum);
        return total;
    }

    private static string Text(byte[] bytes) => bytes.Length <= sizeof(ulong)
        ? GlobalValue.Format(bytes)
        : string.Join(' ', bytes.Chunk(8).Select(c => Convert.ToHexStringLower(c)));
}
