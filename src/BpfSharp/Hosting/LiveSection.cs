using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Maps;

namespace BpfSharp.Hosting;

/// <summary>The global variables of a loaded object: one data section, read and written while programs run.</summary>
/// <remarks>
/// Where the host gives the section as memory, each access touches that memory, and numbers of up to 8 bytes are never torn.
/// Elsewhere the whole section is copied, and a write may lose what a program writes to it at the same time.
/// </remarks>
public sealed class LiveSection : IDisposable
{
    private readonly MapMemory? _memory;

    /// <summary>Opens a data section.</summary>
    /// <param name="map">Its map: an array of one element.</param>
    public LiveSection(LoadedMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        Map = map;
        _memory = map.Spec.Flags.HasFlag(MapFlags.Mmapable) ? map.OpenMemory() : null;
    }

    /// <summary>The section's map.</summary>
    public LoadedMap Map { get; }

    /// <summary>A variable's value.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="byteOffset">Where it stands.</param>
    /// <exception cref="ArgumentOutOfRangeException">It does not stand within the section.</exception>
    public T Read<T>(int byteOffset) where T : unmanaged =>
        MemoryMarshal.Read<T>(Slice(_memory is null ? Copy() : _memory.Bytes, byteOffset, Unsafe.SizeOf<T>()));

    /// <summary>Sets a variable.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="byteOffset">Where it stands.</param>
    /// <param name="value">Its value.</param>
    /// <exception cref="ArgumentOutOfRangeException">It does not stand within the section.</exception>
    /// <exception cref="InvalidOperationException">The section is read-only, or the host refused.</exception>
    public void Write<T>(int byteOffset, T value) where T : unmanaged
    {
        if (_memory is null)
        {
            WriteBytes(byteOffset, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
            return;
        }

        Span<byte> place = _memory.WritableBytes;
        _ = Slice(place, byteOffset, Unsafe.SizeOf<T>());
        MemoryMarshal.Write(place[byteOffset..], in value);
    }

    /// <summary>A copy of an array variable.</summary>
    /// <typeparam name="T">Its element's type.</typeparam>
    /// <param name="byteOffset">Where it stands.</param>
    /// <param name="count">Number of elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">It does not stand within the section.</exception>
    public T[] ReadArray<T>(int byteOffset, int count) where T : unmanaged => MemoryMarshal.Cast<byte, T>(
        Slice(_memory is null ? Copy() : _memory.Bytes, byteOffset, checked(count * Unsafe.SizeOf<T>()))).ToArray();

    /// <summary>Sets all elements of an array variable.</summary>
    /// <typeparam name="T">Its element's type.</typeparam>
    /// <param name="byteOffset">Where it stands.</param>
    /// <param name="values">Its elements.</param>
    /// <param name="count">Number of elements it has.</param>
    /// <exception cref="ArgumentException">There are more or fewer values than elements.</exception>
    /// <exception cref="ArgumentOutOfRangeException">It does not stand within the section.</exception>
    /// <exception cref="InvalidOperationException">The section is read-only, or the host refused.</exception>
    public void WriteArray<T>(int byteOffset, ReadOnlySpan<T> values, int count) where T : unmanaged
    {
        if (values.Length != count)
        {
            throw new ArgumentException($"the variable has {count} elements, {values.Length} are given", nameof(values));
        }

        WriteBytes(byteOffset, MemoryMarshal.AsBytes(values));
    }

    /// <summary>Closes the memory; the map stays.</summary>
    public void Dispose() => _memory?.Dispose();

    private void WriteBytes(int byteOffset, ReadOnlySpan<byte> bytes)
    {
        if (_memory is not null)
        {
            Span<byte> place = _memory.WritableBytes;
            _ = Slice(place, byteOffset, bytes.Length);
            bytes.CopyTo(place[byteOffset..]);
            return;
        }

        byte[] all = Copy();
        _ = Slice(all, byteOffset, bytes.Length);
        bytes.CopyTo(all.AsSpan(byteOffset));
        int result = Map.Update([0, 0, 0, 0], all);
        if (result != 0)
        {
            throw new InvalidOperationException($"the variables of '{Map.Name}' cannot be written: {Errno.NameOf(result)}");
        }
    }

    private static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> bytes, int at, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(at);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, bytes.Length - at);
        return bytes.Slice(at, length);
    }

    private byte[] Copy()
    {
        byte[] all = new byte[Map.ValueBytes];
        int result = Map.Lookup([0, 0, 0, 0], all);
        return result == 0 ? all
            : throw new InvalidOperationException($"the variables of '{Map.Name}' cannot be read: {Errno.NameOf(result)}");
    }
}
