using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Maps;

/// <summary>Arrays: values in one block, every index always there. Data sections are arrays of one element.</summary>
internal sealed unsafe class ArrayMap : RuntimeMap
{
    private readonly byte* _values;
    private readonly int _stride;
    private int _writableScopes;

    /// <summary>Makes an array of zeroes.</summary>
    public ArrayMap(MapSpec spec) : base(spec)
    {
        _stride = Bytes.RoundUp8(spec.ValueSize);
        _values = (byte*)NativeMemory.AllocZeroed(spec.MaxEntries, (nuint)_stride);
    }

    /// <inheritdoc/>
    public override LookupShape LookupShape => new(LookupKind.Array, (nuint)_values, (uint)_stride, Spec.MaxEntries);

    /// <inheritdoc/>
    public override (nuint Start, nuint Bytes) FlatValues => ((nuint)_values, Spec.MaxEntries * (nuint)_stride);

    /// <inheritdoc/>
    public override bool HasElements => true;

    /// <inheritdoc/>
    public override byte* LookupElement(byte* key, int cpu)
    {
        uint index = Unsafe.ReadUnaligned<uint>(key);
        return index < Spec.MaxEntries ? _values + (index * (nint)_stride) : null;
    }

    /// <inheritdoc/>
    public override long UpdateElement(byte* key, byte* value, ulong flags, int cpu)
    {
        if ((flags & ~MapOperation.Lock) > MapOperation.Exist)
        {
            return -Errno.Einval;
        }

        byte* element = LookupElement(key, cpu);
        if (element is null)
        {
            return -Errno.E2Big;
        }

        if ((flags & MapOperation.NoExist) != 0)
        {
            return -Errno.Eexist;
        }

        if (!AllowsLock(flags))
        {
            return -Errno.Einval;
        }

        if ((flags & MapOperation.Lock) != 0)
        {
            ValueLock.Enter(element + LockOffset);
            CopyIn(value, element);
            ValueLock.Leave(element + LockOffset);
        }
        else
        {
            CopyIn(value, element);
        }

        return 0;
    }

    /// <inheritdoc/>
    public override long DeleteElement(byte* key) => -Errno.Einval;

    /// <inheritdoc/>
    public override bool Owns(byte* address, nuint bytes)
    {
        nuint length = Spec.MaxEntries * (nuint)_stride;
        nuint distance = (nuint)(address - _values);
        return distance < length && bytes <= length - distance;
    }

    /// <inheritdoc/>
    public override bool NextElements(ref long cursor, int most, List<ElementRef> group) =>
        ArrayWalk.Next(ref cursor, most, group, Spec.MaxEntries, (nint)_values, _stride);

    /// <inheritdoc/>
    public override void CopyKey(ElementRef element, byte* to) => Unsafe.WriteUnaligned(to, (uint)element.Key);

    /// <inheritdoc/>
    public override int Freeze() => Volatile.Read(ref _writableScopes) > 0 ? -Errno.Ebusy : base.Freeze();

    /// <inheritdoc/>
    public override MapMemory OpenMemory()
    {
        if ((Spec.Flags & MapFlags.Mmapable) == 0 || Spec.MaxEntries * (long)_stride > int.MaxValue)
        {
            return base.OpenMemory();
        }

        Begin();
        bool readOnly = !IsWritable;
        if (!readOnly)
        {
            Interlocked.Increment(ref _writableScopes);
        }

        return new Scope(this, readOnly);
    }

    /// <inheritdoc/>
    protected override int FollowingKey(byte* key, byte* following) => ArrayWalk.Following(Spec.MaxEntries, key, following);

    /// <inheritdoc/>
    protected override void Free() => NativeMemory.Free(_values);

    private sealed class Scope(ArrayMap map, bool readOnly)
        : MapMemory((nint)map._values, (int)map.Spec.MaxEntries * map._stride, readOnly)
    {
        protected override void Release()
        {
            if (!IsReadOnly)
            {
                Interlocked.Decrement(ref map._writableScopes);
            }

            map.Dispose();
        }
    }
}

/// <summary>The walk over a map whose keys are the numbers from 0.</summary>
internal static unsafe class ArrayWalk
{
    private const int GroupSize = 64;

    /// <summary>The next stretch of elements.</summary>
    public static bool Next(ref long cursor, int most, List<ElementRef> group, uint count, nint values, int stride)
    {
        if (cursor >= count)
        {
            return false;
        }

        long end = Math.Min(count, cursor + Math.Clamp(most, 1, GroupSize));
        for (; cursor < end; cursor++)
        {
            group.Add(new ElementRef((nint)cursor, values + ((nint)cursor * stride)));
        }

        return true;
    }

    /// <summary>The key after one, as the kernel's arrays give it: an index out of range starts anew.</summary>
    public static int Following(uint count, byte* key, byte* following)
    {
        uint index = key is null ? uint.MaxValue : Unsafe.ReadUnaligned<uint>(key);
        if (index >= count)
        {
            Unsafe.WriteUnaligned(following, 0u);
            return 0;
        }

        if (index == count - 1)
        {
            return -Errno.Enoent;
        }

        Unsafe.WriteUnaligned(following, index + 1);
        return 0;
    }
}
