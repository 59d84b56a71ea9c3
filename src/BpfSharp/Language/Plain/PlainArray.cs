using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Maps;

namespace BpfSharp.Language;

/// <summary>Arrays as plain C#.</summary>
internal sealed class PlainArray<TValue>(MapDeclaration declaration) : PlainStorage(declaration) where TValue : unmanaged
{
    private readonly TValue[] _values = new TValue[declaration.MaxEntries];

    /// <summary>The value at an index, or a null reference.</summary>
    public ref TValue Find(uint index)
    {
        if (index >= _values.Length)
        {
            return ref Unsafe.NullRef<TValue>();
        }

        return ref _values[index];
    }

    /// <summary>Writes a value, with the kernel's results.</summary>
    public int Store(uint index, in TValue value, ulong flags)
    {
        if (index >= _values.Length)
        {
            return -Errno.E2Big;
        }

        if ((flags & 3) == (ulong)UpdateMode.NoExist)
        {
            return -Errno.Eexist;
        }

        _values[index] = value;
        return 0;
    }

    public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags = 0)
    {
        uint index = MemoryMarshal.Read<uint>(key);
        if (index >= _values.Length)
        {
            return -Errno.Enoent;
        }

        value[..ValueBytes].Clear();
        MemoryMarshal.Write(value, in _values[index]);
        return 0;
    }

    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags = 0) =>
        Store(MemoryMarshal.Read<uint>(key), MemoryMarshal.Read<TValue>(value), flags);

    public override int NextKey(ReadOnlySpan<byte> key, Span<byte> following)
    {
        uint next = 0;
        if (!key.IsEmpty && MemoryMarshal.Read<uint>(key) is uint index && index < _values.Length)
        {
            next = index + 1;
        }

        if (next >= _values.Length)
        {
            return -Errno.Enoent;
        }

        MemoryMarshal.Write(following, in next);
        return 0;
    }

    public override int LookupBatch(ref byte[]? cursor, Span<byte> keys, Span<byte> values, out int count)
    {
        int room = Math.Min(keys.Length / 4, values.Length / ValueBytes);
        int from = cursor is null ? 0 : MemoryMarshal.Read<int>(cursor);
        count = Math.Min(room, _values.Length - from);
        for (int i = 0; i < count; i++)
        {
            uint index = (uint)(from + i);
            MemoryMarshal.Write(keys[(i * 4)..], in index);
            Lookup(keys.Slice(i * 4, 4), values.Slice(i * ValueBytes, ValueBytes));
        }

        cursor = new byte[sizeof(int)];
        MemoryMarshal.Write(cursor, from + count);
        return from + count >= _values.Length ? -Errno.Enoent : 0;
    }
}
