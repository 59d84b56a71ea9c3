using System.Collections;
using System.Runtime.InteropServices;
using BpfSharp.Hosting;

namespace BpfSharp.Maps;

/// <summary>An array map, typed.</summary>
internal sealed class ArrayMapView<TValue>(LoadedMap map) : IArrayMap<TValue> where TValue : unmanaged
{
    public LoadedMap Map { get; } = map;

    public int Length { get; } = (int)Math.Min(int.MaxValue, map.Spec.MaxEntries);

    public TValue this[int index]
    {
        get
        {
            CheckIndex(index);
            TValue value = default;
            KeyedView.Demand(Map, "reading an element", Map.Lookup(KeyedView.Bytes(in index), KeyedView.Room(ref value)));
            return value;
        }

        set
        {
            CheckIndex(index);
            KeyedView.Demand(Map, "writing an element", Map.Update(KeyedView.Bytes(in index), KeyedView.Bytes(in value)));
        }
    }

    public int CopyTo(Span<TValue> values)
    {
        int count = 0;
        foreach ((ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value) in KeyedView.Walk(Map))
        {
            if (count == values.Length)
            {
                break;
            }

            values[count++] = MemoryMarshal.Read<TValue>(value.Span);
        }

        return count;
    }

    public MapMemory OpenMemory() => Map.OpenMemory();

    public IEnumerator<TValue> GetEnumerator()
    {
        foreach ((ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value) in KeyedView.Walk(Map))
        {
            yield return MemoryMarshal.Read<TValue>(value.Span);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void CheckIndex(int index)
    {
        if ((uint)index >= (uint)Length)
        {
            throw new ArgumentOutOfRangeException(nameof(index), index, $"map '{Map.Name}' has {Length} elements");
        }
    }
}

/// <summary>A per-CPU array map, typed.</summary>
internal sealed class PerCpuArrayMapView<TValue>(LoadedMap map) : IPerCpuArrayMap<TValue> where TValue : unmanaged
{
    private static readonly int s_stride = KeyedView.Stride<TValue>();

    public LoadedMap Map { get; } = map;

    public int Length { get; } = (int)Math.Min(int.MaxValue, map.Spec.MaxEntries);

    public int CpuCount => Map.ValueBytes / s_stride;

    public TValue[] this[int index]
    {
        get
        {
            TValue[] values = new TValue[CpuCount];
            CopyTo(index, values);
            return values;
        }

        set
        {
            CheckIndex(index);
            KeyedView.Demand(
                Map, "writing an element", Map.Update(KeyedView.Bytes(in index), KeyedView.Gather<TValue>(Map, value, s_stride)));
        }
    }

    public void CopyTo(int index, Span<TValue> values)
    {
        CheckIndex(index);
        ArgumentOutOfRangeException.ThrowIfLessThan(values.Length, CpuCount, nameof(values));
        byte[] bytes = new byte[Map.ValueBytes];
        KeyedView.Demand(Map, "reading an element", Map.Lookup(KeyedView.Bytes(in index), bytes));
        KeyedView.Spread(bytes, values[..CpuCount], s_stride);
    }

    public IEnumerator<TValue[]> GetEnumerator()
    {
        for (int i = 0; i < Length; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void CheckIndex(int index)
    {
        if ((uint)index >= (uint)Length)
        {
            throw new ArgumentOutOfRangeException(nameof(index), index, $"map '{Map.Name}' has {Length} elements");
        }
    }
}
