using System.Runtime.CompilerServices;

namespace BpfSharp.Maps;

/// <summary>Elements of a map read together: keys and values, one after the other. Valid until the next step of the walk.</summary>
internal readonly struct ElementBatch(byte[] keys, int keyBytes, byte[] values, int valueBytes, int count)
{
    /// <summary>How many.</summary>
    public int Count { get; } = count;

    /// <summary>A key.</summary>
    public T Key<T>(int index) where T : unmanaged =>
        Unsafe.ReadUnaligned<T>(ref keys[index * keyBytes]);

    /// <summary>A value whose size the view has checked.</summary>
    public T Value<T>(int index) where T : unmanaged =>
        Unsafe.ReadUnaligned<T>(ref values[index * valueBytes]);

    /// <summary>A key's bytes.</summary>
    public ReadOnlyMemory<byte> KeyBytes(int index) => keys.AsMemory(index * keyBytes, keyBytes);

    /// <summary>A value's bytes.</summary>
    public ReadOnlyMemory<byte> ValueBytes(int index) => values.AsMemory(index * valueBytes, valueBytes);
}
