using System.Runtime.CompilerServices;
using BpfSharp.Maps;

namespace BpfSharp.Language;

/// <summary>Maps indexed by a number, all elements always there: what arrays have in common.</summary>
public abstract class IndexedMap<TValue> : MapDeclaration where TValue : unmanaged
{
    private protected IndexedMap(MapType type, int maxEntries, MapFlags flags)
        : base(type, sizeof(uint), Unsafe.SizeOf<TValue>(), maxEntries, flags)
    {
    }

    private PlainArray<TValue> Array => (PlainArray<TValue>)PlainStorage;

    /// <summary>The value at an index, in place.</summary>
    /// <param name="index">The index.</param>
    /// <param name="found">Whether there is such an index; if not, the result must not be touched.</param>
    /// <returns>The value in the map, or a null reference.</returns>
    public ref TValue Find(uint index, out bool found)
    {
        ref TValue value = ref Lookup(in index);
        found = !Unsafe.IsNullRef(ref value);
        return ref value;
    }

    /// <summary>Copies the value at an index.</summary>
    /// <param name="index">The index.</param>
    /// <param name="value">The value; zeros if there is no such index.</param>
    /// <returns>Whether there is such an index.</returns>
    public bool TryGetValue(uint index, out TValue value)
    {
        ref TValue found = ref Lookup(in index);
        if (Unsafe.IsNullRef(ref found))
        {
            value = default;
            return false;
        }

        value = found;
        return true;
    }

    /// <summary>Writes the value at an index.</summary>
    /// <returns>Whether there is such an index.</returns>
    public bool Set(uint index, in TValue value) => Update(in index, in value, UpdateMode.Any) == 0;

    [BpfHelperCall(1)]
    private ref TValue Lookup(scoped in uint index) => ref Array.Find(index);

    [BpfHelperCall(2)]
    private long Update(in uint index, in TValue value, UpdateMode mode) => Array.Store(index, in value, (ulong)mode);

    private protected override PlainStorage CreateStorage() => new PlainArray<TValue>(this);
}

/// <summary>Array of values.</summary>
/// <param name="maxEntries">How many.</param>
/// <param name="flags">Creation flags; with <see cref="MapFlags.Mmapable"/> user space reads and writes without system calls.</param>
[BpfMapKind(MapType.Array, KeySize = 4, ValueArgument = 0)]
public sealed class ArrayMap<TValue>(int maxEntries, MapFlags flags = MapFlags.None)
    : IndexedMap<TValue>(MapType.Array, maxEntries, flags)
    where TValue : unmanaged;

/// <summary>Array with a value per CPU: programs see their own CPU's, user space all. As plain C# there is one CPU.</summary>
/// <param name="maxEntries">How many.</param>
/// <param name="flags">Creation flags.</param>
[BpfMapKind(MapType.PerCpuArray, KeySize = 4, ValueArgument = 0)]
public sealed class PerCpuArray<TValue>(int maxEntries, MapFlags flags = MapFlags.None)
    : IndexedMap<TValue>(MapType.PerCpuArray, maxEntries, flags)
    where TValue : unmanaged;
