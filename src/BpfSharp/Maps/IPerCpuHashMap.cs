using System.Diagnostics.CodeAnalysis;

namespace BpfSharp.Maps;

/// <summary>A live hash map with a value per CPU, on any host.</summary>
/// <typeparam name="TKey">The key, laid out as the program's.</typeparam>
/// <typeparam name="TValue">One CPU's value, laid out as the program's.</typeparam>
[SuppressMessage("Naming", "CA1710", Justification = "a view of a map, not a collection of this process")]
public interface IPerCpuHashMap<TKey, TValue> : IEnumerable<KeyValuePair<TKey, TValue[]>>
    where TKey : unmanaged
    where TValue : unmanaged
{
    /// <summary>The map in bytes.</summary>
    Hosting.LoadedMap Map { get; }

    /// <summary>Values of one key: the number of possible CPUs.</summary>
    int CpuCount { get; }

    /// <summary>The values of a key, one per CPU; setting creates or replaces, and needs <see cref="CpuCount"/> values.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="KeyNotFoundException">Reading: the key is absent.</exception>
    /// <exception cref="Diagnostics.BpfException">Writing was refused (BPF4003).</exception>
    [SuppressMessage("Performance", "CA1819", Justification = "each read is a new copy")]
    TValue[] this[TKey key] { get; set; }

    /// <summary>Copies the values of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="values">Room for <see cref="CpuCount"/> values.</param>
    /// <returns>Whether the key is there.</returns>
    bool TryGetValues(TKey key, Span<TValue> values);

    /// <summary>Deletes a key.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Whether it was there.</returns>
    bool Remove(TKey key);

    /// <summary>Deletes every key that is there now.</summary>
    void Clear();
}

/// <summary>A live array map with a value per CPU, on any host.</summary>
/// <typeparam name="TValue">One CPU's value, laid out as the program's.</typeparam>
[SuppressMessage("Naming", "CA1710", Justification = "a view of a map, not a collection of this process")]
public interface IPerCpuArrayMap<TValue> : IEnumerable<TValue[]> where TValue : unmanaged
{
    /// <summary>The map in bytes.</summary>
    Hosting.LoadedMap Map { get; }

    /// <summary>Number of elements.</summary>
    int Length { get; }

    /// <summary>Values of one element: the number of possible CPUs.</summary>
    int CpuCount { get; }

    /// <summary>The values of an element, one per CPU; setting needs <see cref="CpuCount"/> values.</summary>
    /// <param name="index">From 0 to <see cref="Length"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="Diagnostics.BpfException">Reading or writing was refused (BPF4003).</exception>
    [SuppressMessage("Performance", "CA1819", Justification = "each read is a new copy")]
    TValue[] this[int index] { get; set; }

    /// <summary>Copies the values of an element.</summary>
    /// <param name="index">From 0 to <see cref="Length"/> - 1.</param>
    /// <param name="values">Room for <see cref="CpuCount"/> values.</param>
    void CopyTo(int index, Span<TValue> values);
}
