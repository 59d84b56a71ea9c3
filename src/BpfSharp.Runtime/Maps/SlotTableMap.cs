using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Maps;

/// <summary>
/// Indexed tables of things outside the process's reach (devices, CPUs, sockets, cgroups): a number per slot, set or empty.
/// Redirects read them; where a packet would go is recorded in the verdict.
/// </summary>
internal sealed unsafe class SlotTableMap : RuntimeMap
{
    private readonly byte* _values;
    private readonly int[] _isSet;
    private readonly int _stride;

    /// <summary>Makes a table of empty slots.</summary>
    public SlotTableMap(MapSpec spec) : base(spec)
    {
        _stride = Bytes.RoundUp8(spec.ValueSize);
        _values = (byte*)NativeMemory.AllocZeroed(spec.MaxEntries, (nuint)_stride);
        _isSet = new int[spec.MaxEntries];
    }

    /// <inheritdoc/>
    public override byte* LookupElement(byte* key, int cpu)
    {
        uint index = Unsafe.ReadUnaligned<uint>(key);
        return index < Spec.MaxEntries && Volatile.Read(ref _isSet[index]) != 0 ? _values + (index * (nint)_stride) : null;
    }

    /// <inheritdoc/>
    public override long UpdateElement(byte* key, byte* value, ulong flags, int cpu)
    {
        if (flags > MapOperation.Exist)
        {
            return -Errno.Einval;
        }

        uint index = Unsafe.ReadUnaligned<uint>(key);
        if (index >= Spec.MaxEntries)
        {
            return -Errno.E2Big;
        }

        if (flags == MapOperation.NoExist && (Spec.Type is MapType.DevMap or MapType.CpuMap || _isSet[index] != 0))
        {
            return -Errno.Eexist;
        }

        if (flags == MapOperation.Exist && Spec.Type is MapType.XskMap or MapType.SockMap && _isSet[index] == 0)
        {
            return -Errno.Enoent;
        }

        // A device 0 or a CPU with a queue of 0 empties the slot, as in the kernel.
        bool clears = Spec.Type is MapType.DevMap or MapType.CpuMap && *(uint*)value == 0;
        Bytes.Copy(value, _values + (index * (nint)_stride), Spec.ValueSize);
        Volatile.Write(ref _isSet[index], clears ? 0 : 1);
        return 0;
    }

    /// <inheritdoc/>
    public override long DeleteElement(byte* key)
    {
        uint index = Unsafe.ReadUnaligned<uint>(key);
        if (index >= Spec.MaxEntries)
        {
            return Spec.Type == MapType.CgroupArray ? -Errno.E2Big : -Errno.Einval;
        }

        bool wasSet = Interlocked.Exchange(ref _isSet[index], 0) != 0;
        return wasSet || Spec.Type is MapType.DevMap or MapType.CpuMap or MapType.XskMap ? 0 : -Errno.Enoent;
    }

    /// <inheritdoc/>
    public override bool Owns(byte* address, nuint bytes)
    {
        nuint length = Spec.MaxEntries * (nuint)_stride;
        nuint distance = (nuint)(address - _values);
        return distance < length && bytes <= length - distance;
    }

    /// <inheritdoc/>
    protected override int FollowingKey(byte* key, byte* following) => ArrayWalk.Following(Spec.MaxEntries, key, following);

    /// <inheritdoc/>
    protected override void Free() => NativeMemory.Free(_values);
}
