using System.Collections;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;

namespace BpfSharp.Maps;

/// <summary>A longest-prefix-match map, typed.</summary>
internal sealed class PrefixMapView<TAddress, TValue>(LoadedMap map) : IPrefixMap<TAddress, TValue>
    where TAddress : unmanaged
    where TValue : unmanaged
{
    private static readonly int s_bits = Unsafe.SizeOf<TAddress>() * 8;

    public LoadedMap Map { get; } = map;

    public TValue this[TAddress address, int prefixLength]
    {
        set => KeyedView.Demand(Map, "setting a prefix", Map.Update(Key(address, prefixLength), KeyedView.Bytes(in value)));
    }

    public bool TryMatch(TAddress address, out TValue value)
    {
        value = default;
        return IsThere(Map.Lookup(Key(address, s_bits), KeyedView.Room(ref value)), "matching an address");
    }

    public bool Remove(TAddress address, int prefixLength) =>
        IsThere(Map.Delete(Key(address, prefixLength)), "deleting a prefix");

    public IEnumerator<KeyValuePair<Prefix<TAddress>, TValue>> GetEnumerator()
    {
        foreach ((ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value) in KeyedView.Walk(Map))
        {
            int length = MemoryMarshal.Read<int>(key.Span);
            yield return new(
                new Prefix<TAddress>(MemoryMarshal.Read<TAddress>(key.Span[sizeof(int)..]), length),
                MemoryMarshal.Read<TValue>(value.Span));
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static byte[] Key(TAddress address, int prefixLength)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)prefixLength, (uint)s_bits, nameof(prefixLength));
        byte[] key = new byte[sizeof(int) + Unsafe.SizeOf<TAddress>()];
        MemoryMarshal.Write(key, in prefixLength);
        MemoryMarshal.Write(key.AsSpan(sizeof(int)), in address);
        return key;
    }

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
