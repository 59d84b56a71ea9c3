using System.Collections;
using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;

namespace BpfSharp.Maps;

/// <summary>A per-CPU hash map, typed.</summary>
internal sealed class PerCpuHashMapView<TKey, TValue>(LoadedMap map) : IPerCpuHashMap<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    private static readonly int s_stride = KeyedView.Stride<TValue>();

    public LoadedMap Map { get; } = map;

    public int CpuCount => Map.ValueBytes / s_stride;

    public TValue[] this[TKey key]
    {
        get
        {
            TValue[] values = new TValue[CpuCount];
            return TryGetValues(key, values) ? values : throw new KeyNotFoundException($"map '{Map.Name}' has no key {key}");
        }

        set => KeyedView.Demand(
            Map, "setting a key", Map.Update(KeyedView.Bytes(in key), KeyedView.Gather<TValue>(Map, value, s_stride)));
    }

    public bool TryGetValues(TKey key, Span<TValue> values)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(values.Length, CpuCount, nameof(values));
        byte[] bytes = new byte[Map.ValueBytes];
        int result = Map.Lookup(KeyedView.Bytes(in key), bytes);
        if (result == -Errno.Enoent)
        {
            return false;
        }

        KeyedView.Demand(Map, "reading a key", result);
        KeyedView.Spread(bytes, values[..CpuCount], s_stride);
        return true;
    }

    public bool Remove(TKey key)
    {
        int result = Map.Delete(KeyedView.Bytes(in key));
        if (result != -Errno.Enoent)
        {
            KeyedView.Demand(Map, "deleting a key", result);
        }

        return result == 0;
    }

    public void Clear() => KeyedView.Clear(Map);

    public IEnumerator<KeyValuePair<TKey, TValue[]>> GetEnumerator()
    {
        foreach ((ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value) in KeyedView.Walk(Map))
        {
            TValue[] values = new TValue[CpuCount];
            KeyedView.Spread<TValue>(value.Span, values, s_stride);
            yield return new(MemoryMarshal.Read<TKey>(key.Span), values);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
