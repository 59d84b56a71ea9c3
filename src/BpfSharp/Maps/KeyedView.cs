using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;

namespace BpfSharp.Maps;

/// <summary>What typed views share: keys and values as bytes, and the walk in batches.</summary>
internal static class KeyedView
{
    private const int BatchEntries = 1024;

    /// <summary>The bytes of a value.</summary>
    public static ReadOnlySpan<byte> Bytes<T>(in T value) where T : unmanaged =>
        MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));

    /// <summary>The bytes of a value, for writing.</summary>
    public static Span<byte> Room<T>(ref T value) where T : unmanaged => MemoryMarshal.AsBytes(new Span<T>(ref value));

    /// <summary>Throws unless an operation succeeded.</summary>
    public static void Demand(LoadedMap map, string operation, int result)
    {
        if (result < 0)
        {
            throw MapErrors.Refused(map.Spec, operation, result);
        }
    }

    /// <summary>Walks a map, element by element, as the host's bytes; see <see cref="WalkBatches"/>.</summary>
    public static IEnumerable<(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value)> Walk(LoadedMap map)
    {
        foreach (ElementBatch batch in WalkBatches(map))
        {
            for (int i = 0; i < batch.Count; i++)
            {
                yield return (batch.KeyBytes(i), batch.ValueBytes(i));
            }
        }
    }

    /// <summary>Walks a map: in batches where the host and kind have them, else key by key.</summary>
    public static IEnumerable<ElementBatch> WalkBatches(LoadedMap map)
    {
        int keyBytes = map.Spec.KeySize;
        int valueBytes = map.ValueBytes;
        int room = (int)Math.Clamp(map.Spec.MaxEntries, 1, BatchEntries);
        byte[] keys = new byte[room * keyBytes];
        byte[] values = new byte[room * valueBytes];
        byte[]? cursor = null;
        while (true)
        {
            int result = map.LookupBatch(ref cursor, keys, values, out int count);
            if (result == -Errno.Enospc)
            {
                // A crowded bucket: it comes whole or not at all.
                room *= 2;
                keys = new byte[room * keyBytes];
                values = new byte[room * valueBytes];
                continue;
            }

            if (result < 0 && result != -Errno.Enoent)
            {
                if (cursor is null && result is -Errno.Enotsupp or -Errno.Einval or -Errno.Eopnotsupp)
                {
                    foreach (ElementBatch element in WalkKeys(map))
                    {
                        yield return element;
                    }

                    yield break;
                }

                Demand(map, "reading all elements", result);
            }

            yield return new ElementBatch(keys, keyBytes, values, valueBytes, count);
            if (result == -Errno.Enoent)
            {
                yield break;
            }
        }
    }

    private static IEnumerable<ElementBatch> WalkKeys(LoadedMap map)
    {
        byte[] key = [];
        byte[] value = new byte[map.ValueBytes];

        // Keys that are deleted under the walk start it anew: no more steps than a full map can need.
        for (ulong steps = 0; steps <= 2 * (ulong)map.Spec.MaxEntries; steps++)
        {
            byte[] next = new byte[map.Spec.KeySize];
            int result = map.NextKey(key, next);
            if (result == -Errno.Enoent)
            {
                yield break;
            }

            Demand(map, "reading all keys", result);
            key = next;
            if (map.Lookup(key, value) == 0)
            {
                yield return new ElementBatch(key, key.Length, value, value.Length, 1);
            }
        }
    }

    /// <summary>Deletes every key that is there now.</summary>
    public static void Clear(LoadedMap map)
    {
        byte[] key = new byte[map.Spec.KeySize];
        for (ulong steps = 0; steps <= 2 * (ulong)map.Spec.MaxEntries; steps++)
        {
            if (map.NextKey([], key) != 0)
            {
                return;
            }

            int result = map.Delete(key);
            if (result != -Errno.Enoent)
            {
                Demand(map, "deleting", result);
            }
        }
    }

    /// <summary>Spreads per-CPU values, which stand 8-byte aligned in the host's bytes.</summary>
    public static void Spread<T>(ReadOnlySpan<byte> bytes, Span<T> values, int stride) where T : unmanaged
    {
        for (int cpu = 0; cpu < values.Length; cpu++)
        {
            values[cpu] = MemoryMarshal.Read<T>(bytes[(cpu * stride)..]);
        }
    }

    /// <summary>Gathers per-CPU values into the host's bytes.</summary>
    public static byte[] Gather<T>(LoadedMap map, ReadOnlySpan<T> values, int stride) where T : unmanaged
    {
        byte[] bytes = new byte[map.ValueBytes];
        if (values.Length != bytes.Length / stride)
        {
            throw new ArgumentException($"{values.Length} values for {bytes.Length / stride} CPUs of map '{map.Name}'", nameof(values));
        }

        for (int cpu = 0; cpu < values.Length; cpu++)
        {
            MemoryMarshal.Write(bytes.AsSpan(cpu * stride), in values[cpu]);
        }

        return bytes;
    }

    /// <summary>Bytes from one CPU's value to the next.</summary>
    public static int Stride<T>() where T : unmanaged => (Unsafe.SizeOf<T>() + 7) & ~7;
}
