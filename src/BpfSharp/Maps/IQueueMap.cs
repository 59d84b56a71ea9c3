namespace BpfSharp.Maps;

/// <summary>A live queue (first in, first out) or stack (last in, first out), on any host.</summary>
/// <typeparam name="TValue">The value, laid out as the program's.</typeparam>
public interface IQueueMap<TValue> where TValue : unmanaged
{
    /// <summary>The map in bytes.</summary>
    Hosting.LoadedMap Map { get; }

    /// <summary>Appends a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="dropOldest">Whether a full map makes room by dropping its oldest value.</param>
    /// <returns><see langword="false"/> if the map is full.</returns>
    bool TryPush(TValue value, bool dropOldest = false);

    /// <summary>Takes the next value out.</summary>
    /// <param name="value">The value; zero if there is none.</param>
    /// <returns>Whether there was one.</returns>
    bool TryPop(out TValue value);

    /// <summary>Copies the next value.</summary>
    /// <param name="value">The value; zero if there is none.</param>
    /// <returns>Whether there is one.</returns>
    bool TryPeek(out TValue value);
}

/// <summary>A live bloom filter, on any host.</summary>
/// <typeparam name="TValue">The value, laid out as the program's.</typeparam>
public interface IBloomFilter<TValue> where TValue : unmanaged
{
    /// <summary>The map in bytes.</summary>
    Hosting.LoadedMap Map { get; }

    /// <summary>Adds a value.</summary>
    /// <param name="value">The value.</param>
    void Add(TValue value);

    /// <summary>Whether a value may have been added; never <see langword="false"/> for one that was.</summary>
    /// <param name="value">The value.</param>
    bool MayContain(TValue value);
}

/// <summary>A live map of maps, on any host.</summary>
/// <typeparam name="TKey">The key, laid out as the program's; <see cref="uint"/> for arrays of maps.</typeparam>
public interface IMapOfMaps<TKey> where TKey : unmanaged
{
    /// <summary>The map in bytes.</summary>
    Hosting.LoadedMap Map { get; }

    /// <summary>The map of a key; <see langword="null"/> if there is none. Setting <see langword="null"/> deletes.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="Diagnostics.BpfException">Setting was refused (BPF4003): the inner map's shape differs, or the map is full.</exception>
    Hosting.LoadedMap? this[TKey key] { get; set; }
}
