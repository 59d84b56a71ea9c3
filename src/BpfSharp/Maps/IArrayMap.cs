using System.Diagnostics.CodeAnalysis;

namespace BpfSharp.Maps;

/// <summary>A live array map, on any host.</summary>
/// <typeparam name="TValue">The value, laid out as the program's.</typeparam>
[SuppressMessage("Naming", "CA1710", Justification = "a view of a map, not a collection of this process")]
public interface IArrayMap<TValue> : IEnumerable<TValue> where TValue : unmanaged
{
    /// <summary>The map in bytes.</summary>
    Hosting.LoadedMap Map { get; }

    /// <summary>Number of elements.</summary>
    int Length { get; }

    /// <summary>An element, copied.</summary>
    /// <param name="index">From 0 to <see cref="Length"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="Diagnostics.BpfException">Reading or writing was refused (BPF4003): the map is frozen or read-only.</exception>
    TValue this[int index] { get; set; }

    /// <summary>Copies elements from the first on.</summary>
    /// <param name="values">Room for them.</param>
    /// <returns>How many were copied.</returns>
    int CopyTo(Span<TValue> values);

    /// <summary>Opens the elements as memory shared with programs; needs the flag <see cref="MapFlags.Mmapable"/>.</summary>
    /// <exception cref="Diagnostics.BpfException">The map was not created so (BPF4005).</exception>
    MapMemory OpenMemory();
}
