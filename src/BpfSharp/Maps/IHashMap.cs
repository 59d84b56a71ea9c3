using System.Diagnostics.CodeAnalysis;

namespace BpfSharp.Maps;

/// <summary>A live hash map as a dictionary: plain and LRU hashes, on any host.</summary>
/// <typeparam name="TKey">The key, laid out as the program's.</typeparam>
/// <typeparam name="TValue">The value, laid out as the program's.</typeparam>
/// <remarks>
/// Values are copies. Programs change the map at any time: enumerating shows each element that stays throughout once, and
/// may or may not show those that come and go.
/// </remarks>
[SuppressMessage("Naming", "CA1710", Justification = "a view of a map, not a collection of this process")]
public interface IHashMap<TKey, TValue> : IEnumerable<KeyValuePair<TKey, TValue>>
    where TKey : unmanaged
    where TValue : unmanaged
{
    /// <summary>The map in bytes.</summary>
    Hosting.LoadedMap Map { get; }

    /// <summary>The value of a key; setting creates or replaces.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="KeyNotFoundException">Reading: the key is absent. <see cref="TryGetValue"/> does not throw.</exception>
    /// <exception cref="Diagnostics.BpfException">Writing was refused (BPF4003): the map is full, frozen or read-only.</exception>
    TValue this[TKey key] { get; set; }

    /// <summary>Copies the value of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; zero if absent.</param>
    /// <returns>Whether the key is there.</returns>
    bool TryGetValue(TKey key, out TValue value);

    /// <summary>Whether a key is there.</summary>
    /// <param name="key">The key.</param>
    bool ContainsKey(TKey key);

    /// <summary>Adds a key; one that is there stays as it is.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">Its value.</param>
    /// <returns>Whether it was added; <see langword="false"/> if it was there, or the map is full.</returns>
    bool TryAdd(TKey key, TValue value);

    /// <summary>Replaces the value of a key; an absent one stays absent.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The new value.</param>
    /// <returns>Whether it was there.</returns>
    bool TryReplace(TKey key, TValue value);

    /// <summary>Creates or replaces.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="mode">What is allowed.</param>
    /// <param name="locked">Whether to copy under the value's <c>bpf_spin_lock</c>.</param>
    /// <returns>0, or the negative errno.</returns>
    int Update(TKey key, TValue value, UpdateMode mode = UpdateMode.Any, bool locked = false);

    /// <summary>Deletes a key.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Whether it was there.</returns>
    bool Remove(TKey key);

    /// <summary>Copies and deletes a key in one step.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value it had; zero if absent.</param>
    /// <returns>Whether it was there.</returns>
    bool Remove(TKey key, out TValue value);

    /// <summary>Deletes every key that is there now.</summary>
    void Clear();

    /// <summary>How many keys there are now, by walking the map: maps keep no count.</summary>
    int CountEntries();
}
