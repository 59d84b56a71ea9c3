using BpfSharp.Diagnostics;
using BpfSharp.Hosting;

namespace BpfSharp.Maps;

/// <summary>A queue or stack, typed.</summary>
internal sealed class QueueMapView<TValue>(LoadedMap map) : IQueueMap<TValue> where TValue : unmanaged
{
    public LoadedMap Map { get; } = map;

    public bool TryPush(TValue value, bool dropOldest = false)
    {
        int result = Map.Update([], KeyedView.Bytes(in value), dropOldest ? (ulong)UpdateMode.Exist : 0);
        if (result == -Errno.E2Big)
        {
            return false;
        }

        KeyedView.Demand(Map, "pushing", result);
        return true;
    }

    public bool TryPop(out TValue value)
    {
        value = default;
        return Succeeded(Map.LookupAndDelete([], KeyedView.Room(ref value)), ref value, "popping");
    }

    public bool TryPeek(out TValue value)
    {
        value = default;
        return Succeeded(Map.Lookup([], KeyedView.Room(ref value)), ref value, "peeking");
    }

    private bool Succeeded(int result, ref TValue value, string operation)
    {
        if (result == -Errno.Enoent)
        {
            value = default;
            return false;
        }

        KeyedView.Demand(Map, operation, result);
        return true;
    }
}

/// <summary>A bloom filter, typed.</summary>
internal sealed class BloomFilterView<TValue>(LoadedMap map) : IBloomFilter<TValue> where TValue : unmanaged
{
    public LoadedMap Map { get; } = map;

    public void Add(TValue value) => KeyedView.Demand(Map, "adding a value", Map.Update([], KeyedView.Bytes(in value)));

    public bool MayContain(TValue value)
    {
        int result = Map.Lookup([], KeyedView.Room(ref value));
        if (result != -Errno.Enoent)
        {
            KeyedView.Demand(Map, "asking for a value", result);
        }

        return result == 0;
    }
}

/// <summary>A map of maps, typed.</summary>
internal sealed class MapOfMapsView<TKey>(LoadedMap map) : IMapOfMaps<TKey> where TKey : unmanaged
{
    public LoadedMap Map { get; } = map;

    public LoadedMap? this[TKey key]
    {
        get => Map.GetInnerMap(KeyedView.Bytes(in key));
        set
        {
            ReadOnlySpan<byte> bytes = KeyedView.Bytes(in key);
            int result = value is null ? Map.Delete(bytes) : Map.SetInnerMap(bytes, value);
            if (value is not null || result != -Errno.Enoent)
            {
                KeyedView.Demand(Map, "setting an inner map", result);
            }
        }
    }
}
