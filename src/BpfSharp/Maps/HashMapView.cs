using System.Collections;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;

namespace BpfSharp.Maps;

/// <summary>A hash map, typed.</summary>
internal sealed class HashMapView<TKey, TValue>(LoadedMap map) : IHashMap<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    private const ulong LockFlag = 4;

    public LoadedMap Map { get; } = map;

    public TValue this[TKey key]
    {
        get => TryGetValue(key, out TValue value)
            ? value
            : throw new KeyNotFoundException($"map '{Map.Name}' has no key {key}");
        set => KeyedView.Demand(Map, "setting a key", Update(key, value));
    }

    public bool TryGetValue(TKey key, out TValue value)
    {
        value = default;
        int result = Map.Lookup(KeyedView.Bytes(in key), KeyedView.Room(ref value));
        return IsThere(result, "reading a key");
    }

    public bool ContainsKey(TKey key) => TryGetValue(key, out _);

    public bool TryAdd(TKey key, TValue value)
    {
        int result = Update(key, value, UpdateMode.NoExist);
        if (result is -Errno.Eexist or -Errno.E2Big)
        {
            return false;
        }

        KeyedView.Demand(Map, "adding a key", result);
        return true;
    }

    public bool TryReplace(TKey key, TValue value) => IsThere(Update(key, value, UpdateMode.Exist), "replacing a key");

    public int Update(TKey key, TValue value, UpdateMode mode = UpdateMode.Any, bool locked = false) =>
        Map.Update(KeyedView.Bytes(in key), KeyedView.Bytes(in value), (ulong)mode | (locked ? LockFlag : 0));

    public bool Remove(TKey key) => IsThere(Map.Delete(KeyedView.Bytes(in key)), "deleting a key");

    public bool Remove(TKey key, out TValue value)
    {
        value = default;
        return IsThere(Map.LookupAndDelete(KeyedView.Bytes(in key), KeyedView.Room(ref value)), "taking a key");
    }

    public void Clear() => KeyedView.Clear(Map);

    public int CountEntries()
    {
        int count = 0;
        foreach (ElementBatch batch in KeyedView.WalkBatches(Map))
        {
            count += batch.Count;
        }

        return count;
    }

    public IEnumerator<KeyValuePair<TKey, TValue>> GetEnumerator()
    {
        foreach (ElementBatch batch in KeyedView.WalkBatches(Map))
        {
            for (int i = 0; i < batch.Count; i++)
            {
                yield return new(batch.Key<TKey>(i), batch.Value<TValue>(i));
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private bool IsThere(int result, string operation)
    {
        if (result == -Errno.Enoent)
        {
            return false;
        }

        KeyedView.Demand(Map, operation, result);
        return true;
    }
}
