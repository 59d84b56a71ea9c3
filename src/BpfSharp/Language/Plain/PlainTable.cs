using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Maps;

namespace BpfSharp.Language;

/// <summary>Hash tables, LRU tables and tries as plain C#.</summary>
internal sealed class PlainTable<TKey, TValue>(MapDeclaration declaration, int capacity) : PlainStorage(declaration)
    where TKey : unmanaged
    where TValue : unmanaged
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, Element> _elements = new(new PlainKeyComparer<TKey>());
    private readonly bool _evicts = declaration.Type is MapType.LruHash or MapType.LruPerCpuHash;
    private readonly bool _longestPrefix = declaration.Type == MapType.LpmTrie;
    private long _clock;

    private sealed class Element
    {
        public TValue Value;
        public long LastUse;
    }

    /// <summary>The value of a key, or a null reference.</summary>
    public ref TValue Find(scoped in TKey key)
    {
        lock (_gate)
        {
            Element? element = _longestPrefix ? LongestMatch(in key) : _elements.GetValueOrDefault(key);
            if (element is null)
            {
                return ref Unsafe.NullRef<TValue>();
            }

            element.LastUse = ++_clock;
            return ref element.Value;
        }
    }

    /// <summary>Writes a value, with the kernel's results.</summary>
    public int Store(in TKey key, in TValue value, ulong flags)
    {
        lock (_gate)
        {
            ulong mode = flags & 3;
            if (_elements.TryGetValue(key, out Element? element))
            {
                if (mode == (ulong)UpdateMode.NoExist)
                {
                    return -Errno.Eexist;
                }

                if (_longestPrefix)
                {
                    _elements[key] = new Element { Value = value };
                }
                else
                {
                    element.Value = value;
                    element.LastUse = ++_clock;
                }

                return 0;
            }

            if (mode == (ulong)UpdateMode.Exist)
            {
                return -Errno.Enoent;
            }

            if (_elements.Count >= capacity)
            {
                if (!_evicts || capacity == 0)
                {
                    return _longestPrefix ? -Errno.Enospc : -Errno.E2Big;
                }

                _elements.Remove(_elements.MinBy(pair => pair.Value.LastUse).Key);
            }

            _elements.Add(key, new Element { Value = value, LastUse = ++_clock });
            return 0;
        }
    }

    /// <summary>Deletes a key.</summary>
    public int Remove(in TKey key)
    {
        lock (_gate)
        {
            return _elements.Remove(key) ? 0 : -Errno.Enoent;
        }
    }

    /// <summary>The keys there are now.</summary>
    public TKey[] Keys()
    {
        lock (_gate)
        {
            return [.. _elements.Keys];
        }
    }

    public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags = 0)
    {
        ref TValue found = ref Find(Read(key));
        if (Unsafe.IsNullRef(ref found))
        {
            return -Errno.Enoent;
        }

        Copy(found, value);
        return 0;
    }

    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags = 0) =>
        Store(Read(key), MemoryMarshal.Read<TValue>(value), flags);

    public override int Delete(ReadOnlySpan<byte> key) => Remove(Read(key));

    public override int LookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value, ulong flags = 0)
    {
        lock (_gate)
        {
            if (!_elements.Remove(Read(key), out Element? element))
            {
                return -Errno.Enoent;
            }

            Copy(element.Value, value);
            return 0;
        }
    }

    public override int NextKey(ReadOnlySpan<byte> key, Span<byte> following)
    {
        TKey[] keys = Keys();
        int next = 0;
        if (!key.IsEmpty)
        {
            PlainKeyComparer<TKey> comparer = new();
            TKey previous = Read(key);
            next = Array.FindIndex(keys, k => comparer.Equals(k, previous)) + 1;
        }

        if (next >= keys.Length)
        {
            return -Errno.Enoent;
        }

        MemoryMarshal.Write(following, in keys[next]);
        return 0;
    }

    public override int LookupBatch(ref byte[]? cursor, Span<byte> keys, Span<byte> values, out int count)
    {
        lock (_gate)
        {
            int room = Math.Min(keys.Length / Unsafe.SizeOf<TKey>(), values.Length / ValueBytes);
            int from = cursor is null ? 0 : MemoryMarshal.Read<int>(cursor);
            count = 0;
            foreach ((TKey key, Element element) in _elements.Skip(from).Take(room))
            {
                MemoryMarshal.Write(keys[(count * Unsafe.SizeOf<TKey>())..], in key);
                Copy(element.Value, values.Slice(count * ValueBytes, ValueBytes));
                count++;
            }

            cursor = new byte[sizeof(int)];
            MemoryMarshal.Write(cursor, from + count);
            return from + count >= _elements.Count ? -Errno.Enoent : 0;
        }
    }

    private static TKey Read(ReadOnlySpan<byte> key) => MemoryMarshal.Read<TKey>(key);

    private void Copy(TValue from, Span<byte> value)
    {
        value[..ValueBytes].Clear();
        MemoryMarshal.Write(value, in from);
    }

    // A trie's key is a 32-bit prefix length in bits, then the data, most significant bit first.
    private Element? LongestMatch(in TKey key)
    {
        ReadOnlySpan<byte> wanted = MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in key));
        uint limit = MemoryMarshal.Read<uint>(wanted);
        Element? best = null;
        uint bestLength = 0;
        foreach ((TKey candidate, Element element) in _elements)
        {
            TKey copy = candidate;
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in copy));
            uint length = MemoryMarshal.Read<uint>(bytes);
            if (length <= limit && (best is null || length > bestLength) && SamePrefix(bytes[4..], wanted[4..], (int)length))
            {
                best = element;
                bestLength = length;
            }
        }

        return best;
    }

    private static bool SamePrefix(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, int bits)
    {
        int whole = bits / 8;
        if (!left[..whole].SequenceEqual(right[..whole]))
        {
            return false;
        }

        int rest = bits % 8;
        return rest == 0 || ((left[whole] ^ right[whole]) >> (8 - rest)) == 0;
    }
}
