using System.Runtime.CompilerServices;
using BpfSharp.Maps;

namespace BpfSharp.Language;

/// <summary>Maps from keys to values: what hash tables, LRU tables and tries have in common.</summary>
/// <typeparam name="TKey">Key; compared by its bytes, so padding in it is zeroed.</typeparam>
/// <typeparam name="TValue">Value.</typeparam>
public abstract class KeyedMap<TKey, TValue> : MapDeclaration
    where TKey : unmanaged
    where TValue : unmanaged
{
    private protected KeyedMap(MapType type, int maxEntries, MapFlags flags)
        : base(type, Unsafe.SizeOf<TKey>(), Unsafe.SizeOf<TValue>(), maxEntries, flags)
    {
    }

    private PlainTable<TKey, TValue> Table => (PlainTable<TKey, TValue>)PlainStorage;

    /// <summary>The value of a key, in place.</summary>
    /// <param name="key">The key.</param>
    /// <param name="found">Whether it is there; if not, the result must not be touched.</param>
    /// <returns>The value in the map, or a null reference.</returns>
    public ref TValue Find(scoped in TKey key, out bool found)
    {
        ref TValue value = ref Lookup(in key);
        found = !Unsafe.IsNullRef(ref value);
        return ref value;
    }

    /// <summary>Copies the value of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; zeros if absent.</param>
    /// <returns>Whether it is there.</returns>
    public bool TryGetValue(in TKey key, out TValue value)
    {
        ref TValue found = ref Lookup(in key);
        if (Unsafe.IsNullRef(ref found))
        {
            value = default;
            return false;
        }

        value = found;
        return true;
    }

    /// <summary>Whether the key is there.</summary>
    /// <param name="key">The key.</param>
    public bool Contains(in TKey key) => !Unsafe.IsNullRef(ref Lookup(in key));

    /// <summary>Creates or replaces the value of a key.</summary>
    /// <returns>Whether it was stored; not if the map is full.</returns>
    public bool Set(in TKey key, in TValue value) => Update(in key, in value, UpdateMode.Any) == 0;

    /// <summary>Creates the value of a key.</summary>
    /// <returns>Whether it was stored; not if the key is there already or the map is full.</returns>
    public bool TryAdd(in TKey key, in TValue value) => Update(in key, in value, UpdateMode.NoExist) == 0;

    /// <summary>Replaces the value of a key.</summary>
    /// <returns>Whether it was stored; not if the key is absent.</returns>
    public bool TryReplace(in TKey key, in TValue value) => Update(in key, in value, UpdateMode.Exist) == 0;

    /// <summary>The value of a key in place, created as given if absent.</summary>
    /// <param name="key">The key.</param>
    /// <param name="initial">What to create.</param>
    /// <param name="found">Whether there is a value now: not if the map is full.</param>
    /// <returns>The value in the map, or a null reference.</returns>
    public ref TValue FindOrAdd(scoped in TKey key, scoped in TValue initial, out bool found)
    {
        ref TValue value = ref Lookup(in key);
        if (Unsafe.IsNullRef(ref value))
        {
            Update(in key, in initial, UpdateMode.NoExist);
            value = ref Lookup(in key);
        }

        found = !Unsafe.IsNullRef(ref value);
        return ref value;
    }

    /// <summary>Deletes a key.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(in TKey key) => Delete(in key) == 0;

    /// <summary>Writes the value of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="mode">What is allowed.</param>
    /// <returns>0, or a negative errno: -17 (EEXIST), -2 (ENOENT), -7 (E2BIG) if full.</returns>
    [BpfHelperCall(2)]
    public long Update(in TKey key, in TValue value, UpdateMode mode) => Table.Store(in key, in value, (ulong)mode);

    [BpfHelperCall(1)]
    private protected ref TValue Lookup(scoped in TKey key) => ref Table.Find(in key);

    [BpfHelperCall(3)]
    private long Delete(in TKey key) => Table.Remove(in key);

    private protected override PlainStorage CreateStorage() => new PlainTable<TKey, TValue>(this, MaxEntries);
}
