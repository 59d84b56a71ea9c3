using System.Globalization;
using System.Text;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Conformance.Tests.Programs;

/// <summary>One program of an object, run over inputs on one host: everything it left, as text that can be compared.</summary>
internal static class ProgramComparison
{
    /// <summary>Loads one program (and what it tail-calls) and runs it over inputs.</summary>
    /// <param name="host">Where.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="source">The object; not changed.</param>
    /// <param name="program">The program's name.</param>
    /// <param name="inputs">What it runs on.</param>
    /// <returns>A line per input, then the maps' contents.</returns>
    public static List<string> Run(
        IBpfHost host, LoadOptions? options, BpfObject source, string program, IReadOnlyList<RunInput> inputs)
    {
        HashSet<string> wanted = [program, .. source.Maps.SelectMany(map => map.InitialSlots).Select(slot => slot.Target)];
        BpfObject mine = source.Clone();
        foreach (ProgramSpec spec in mine.Programs)
        {
            spec.AutoLoad = wanted.Contains(spec.Name);
        }

        using LoadedObject loaded = host.Load(mine, options);
        LoadedProgram live = loaded.Program(program);
        List<RecordReader> readers = [.. loaded.Maps.Values.Where(map => map.Spec.Type == MapType.RingBuffer)
            .OrderBy(map => map.Name, StringComparer.Ordinal).Select(map => map.OpenReader())];
        List<string> lines = [];
        for (int i = 0; i < inputs.Count; i++)
        {
            RunResult result = live.Run(inputs[i]);
            lines.Add(Describe(live.Spec.Type, i, inputs[i], result));
            foreach (RecordReader reader in readers)
            {
                lines.AddRange(Records(reader));
            }
        }

        readers.ForEach(reader => reader.Dispose());

        // What stands in the heads of lists and trees is each host's own.
        foreach (LoadedMap map in loaded.Maps.Values.Where(map => !map.Name.EndsWith("_heads", StringComparison.Ordinal)).OrderBy(map => map.Name, StringComparer.Ordinal))
        {
            lines.AddRange(Contents(map));
        }

        return lines;
    }

    private static string Describe(ProgramType type, int number, RunInput input, RunResult result)
    {
        StringBuilder line = new();
        line.Append(CultureInfo.InvariantCulture, $"#{number} ({input.Packet.Length} bytes): {(int)result.ReturnValue}");
        if (result.Fault is not null)
        {
            line.Append(" FAULT ").Append(result.Fault);
        }

        if (!input.Packet.IsEmpty)
        {
            line.Append(" packet ").Append(Convert.ToHexStringLower(result.Packet.Span));
        }

        if (!input.Context.IsEmpty && type != ProgramType.RawTracepoint)
        {
            line.Append(" context ").Append(Convert.ToHexStringLower(result.Context.Span));
        }

        return line.ToString();
    }

    private static List<string> Records(RecordReader reader)
    {
        List<string> records = [];
        while (reader.TryRead(out RecordBatch batch))
        {
            foreach (ReadOnlySpan<byte> record in batch)
            {
                records.Add($"{reader.Name}: {Convert.ToHexStringLower(record)}");
            }
        }

        return records;
    }

    private static IEnumerable<string> Contents(LoadedMap map) => map.Spec.Type switch
    {
        MapType.Hash or MapType.LruHash or MapType.Array or MapType.LpmTrie =>
            Walk(map).Select(pair => $"{map.Name}[{Hex(pair.Key)}] = {Hex(pair.Value)}").Order(StringComparer.Ordinal),
        MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruPerCpuHash =>
            Walk(map).Select(pair => $"{map.Name}[{Hex(pair.Key)}] = {SumOverCpus(map, pair.Value)}").Order(StringComparer.Ordinal),
        MapType.Queue or MapType.Stack => Drain(map),
        MapType.Unspecified or MapType.ProgramArray or MapType.PerfEventArray or MapType.StackTrace or MapType.CgroupArray
            or MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.DevMap or MapType.SockMap or MapType.CpuMap
            or MapType.XskMap or MapType.SockHash or MapType.CgroupStorage or MapType.ReuseportSockArray
            or MapType.PerCpuCgroupStorage or MapType.SkStorage or MapType.DevMapHash or MapType.StructOps
            or MapType.RingBuffer or MapType.InodeStorage or MapType.TaskStorage or MapType.BloomFilter
            or MapType.UserRingBuffer or MapType.CgroupLocalStorage or MapType.Arena or MapType.InstructionArray => [],
        _ => [],
    };

    private static List<(byte[] Key, byte[] Value)> Walk(LoadedMap map)
    {
        List<(byte[], byte[])> pairs = [];
        byte[] key = [];
        byte[] next = new byte[map.Spec.KeySize];
        byte[] value = new byte[map.ValueBytes];
        while (map.NextKey(key, next) == 0)
        {
            key = (byte[])next.Clone();
            if (map.Lookup(key, value) == 0)
            {
                pairs.Add((key, (byte[])value.Clone()));
            }
        }

        return pairs;
    }

    // Which CPU a run was on differs; the sum of 8-byte words over CPUs does not.
    private static string SumOverCpus(LoadedMap map, byte[] value)
    {
        int stride = (map.Spec.ValueSize + 7) & ~7;
        ulong[] sums = new ulong[stride / 8];
        for (int at = 0; at < value.Length; at += 8)
        {
            sums[at % stride / 8] += System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(value.AsSpan(at));
        }

        return string.Join(' ', sums);
    }

    private static List<string> Drain(LoadedMap map)
    {
        List<string> values = [];
        byte[] value = new byte[map.ValueBytes];
        while (map.LookupAndDelete([], value) == 0)
        {
            values.Add($"{map.Name} {Hex(value)}");
        }

        return values;
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
