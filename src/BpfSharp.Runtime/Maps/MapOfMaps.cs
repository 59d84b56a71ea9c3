using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Runtime.Maps;

/// <summary>What both kinds of maps of maps share: whether a map fits, and numbers for user space.</summary>
internal static unsafe class InnerMaps
{
    /// <summary>Whether a map may stand in a slot, as the kernel compares it with the inner map given at creation.</summary>
    public static bool Fits(MapSpec outer, RuntimeMap inner)
    {
        if (outer.InnerMap is not { } shape || inner.Spec is not { } spec)
        {
            return false;
        }

        bool sameSize = spec.MaxEntries == shape.MaxEntries
            || shape.Type != MapType.Array
            || (shape.Flags & MapFlags.InnerMap) != 0;
        return spec.Type == shape.Type && spec.KeySize == shape.KeySize && spec.ValueSize == shape.ValueSize
            && spec.Flags == shape.Flags && sameSize;
    }

    /// <summary>The number user space reads for an inner map: one more than its place in the table of live maps.</summary>
    public static uint IdOf(ulong handle) => handle == 0 ? 0 : (uint)((MapHeader*)handle)->Index + 1;
}

/// <summary>An array of maps: what a program looks up is the inner map itself.</summary>
internal sealed unsafe class ArrayOfMapsMap : RuntimeMap
{
    private readonly ulong* _handles;
    private readonly Lock _writers = new();
    private readonly DepartingMaps _departing = new();

    /// <summary>Makes an array of empty slots.</summary>
    public ArrayOfMapsMap(MapSpec spec) : base(spec) =>
        _handles = (ulong*)NativeMemory.AllocZeroed(spec.MaxEntries, sizeof(ulong));

    /// <inheritdoc/>
    public override byte* LookupElement(byte* key, int cpu)
    {
        uint index = Unsafe.ReadUnaligned<uint>(key);
        return index < Spec.MaxEntries ? (byte*)Volatile.Read(ref _handles[index]) : null;
    }

    /// <inheritdoc/>
    public override long UpdateElement(byte* key, byte* value, ulong flags, int cpu) => -Errno.Einval;

    /// <inheritdoc/>
    public override long DeleteElement(byte* key)
    {
        uint index = Unsafe.ReadUnaligned<uint>(key);
        if (index >= Spec.MaxEntries)
        {
            return -Errno.E2Big;
        }

        return Replace(index, null) ? 0 : -Errno.Enoent;
    }

    /// <inheritdoc/>
    public override bool Owns(byte* address, nuint bytes)
    {
        for (uint i = 0; i < Spec.MaxEntries; i++)
        {
            ulong handle = Volatile.Read(ref _handles[i]);
            if (handle != 0 && MapHandles.TryResolve(handle, out RuntimeMap? inner) && inner.Owns(address, bytes))
            {
                return true;
            }
        }

        return _departing.Owns(address, bytes);
    }

    /// <inheritdoc/>
    public override int SetInnerMap(ReadOnlySpan<byte> key, LoadedMap inner, ulong flags = 0)
    {
        uint index = MemoryMarshal.Read<uint>(key);
        if (index >= Spec.MaxEntries)
        {
            return -Errno.E2Big;
        }

        if (flags != MapOperation.Any || inner is not RuntimeMap map || !InnerMaps.Fits(Spec, map) || !map.TryAddOwner())
        {
            return -Errno.Einval;
        }

        map.IsInner = true;
        Begin();
        Replace(index, map);
        Dispose();
        return 0;
    }

    /// <inheritdoc/>
    public override LoadedMap? GetInnerMap(ReadOnlySpan<byte> key)
    {
        fixed (byte* k = key)
        {
            return MapHandles.TryResolve((ulong)LookupElement(k, 0), out RuntimeMap? map) ? map : null;
        }
    }

    /// <inheritdoc/>
    protected override int ReadValue(byte* key, byte* value, ulong flags, int cpu)
    {
        ulong handle = (ulong)LookupElement(key, cpu);
        if (handle == 0)
        {
            return -Errno.Enoent;
        }

        *(uint*)value = InnerMaps.IdOf(handle);
        return 0;
    }

    /// <inheritdoc/>
    protected override int WriteValue(byte* key, byte* value, ulong flags, int cpu) => -Errno.Einval;

    /// <inheritdoc/>
    protected override int FollowingKey(byte* key, byte* following) => ArrayWalk.Following(Spec.MaxEntries, key, following);

    /// <inheritdoc/>
    protected override void Free()
    {
        for (uint i = 0; i < Spec.MaxEntries; i++)
        {
            Replace(i, null);
        }

        NativeMemory.Free(_handles);
    }

    private bool Replace(uint index, RuntimeMap? map)
    {
        RuntimeMap? before;
        lock (_writers)
        {
            ulong old = _handles[index];
            before = old == 0 ? null : MapHandles.Resolve(old);
            _departing.Announce(before);
            Volatile.Write(ref _handles[index], map?.Handle ?? 0);
        }

        if (before is null)
        {
            return false;
        }

        // Only now: what is retired must be out of reach of runs that start later.
        _departing.Add(before);
        _departing.Withdraw(before);
        return true;
    }
}

/// <summary>A hash of maps: what a program looks up is the inner map itself.</summary>
internal sealed unsafe class HashOfMapsMap(MapSpec spec) : HashMap(spec)
{
    private readonly DepartingMaps _departing = new();

    /// <inheritdoc/>
    public override LookupShape LookupShape => LookupShape.None;

    /// <inheritdoc/>
    public override (nuint Start, nuint Bytes) FlatValues => default;

    /// <inheritdoc/>
    public override bool HasElements => false;

    /// <inheritdoc/>
    protected override int StoredValueSize => sizeof(ulong);

    /// <inheritdoc/>
    public override byte* LookupElement(byte* key, int cpu)
    {
        byte* value = base.LookupElement(key, cpu);
        return value is null ? null : *(byte**)value;
    }

    /// <inheritdoc/>
    public override long UpdateElement(byte* key, byte* value, ulong flags, int cpu) => -Errno.Einval;

    /// <inheritdoc/>
    public override bool Owns(byte* address, nuint bytes)
    {
        foreach (nint value in ValuesInUse())
        {
            if (MapHandles.TryResolve(*(ulong*)value, out RuntimeMap? inner) && inner.Owns(address, bytes))
            {
                return true;
            }
        }

        return _departing.Owns(address, bytes);
    }

    /// <inheritdoc/>
    public override int SetInnerMap(ReadOnlySpan<byte> key, LoadedMap inner, ulong flags = 0)
    {
        if (key.Length != Spec.KeySize || inner is not RuntimeMap map || !InnerMaps.Fits(Spec, map) || !map.TryAddOwner())
        {
            return -Errno.Einval;
        }

        map.IsInner = true;
        Begin();
        ulong handle = map.Handle;
        RuntimeMap? before = GetInnerMap(key) as RuntimeMap;
        _departing.Announce(before);
        int result;
        fixed (byte* k = key)
        {
            result = base.WriteValue(k, (byte*)&handle, flags, 0);
        }

        _departing.Withdraw(before);

        if (result != 0)
        {
            map.Dispose();
        }

        Dispose();
        return result;
    }

    /// <inheritdoc/>
    public override long DeleteElement(byte* key)
    {
        RuntimeMap? before = GetInnerMap(new ReadOnlySpan<byte>(key, Spec.KeySize)) as RuntimeMap;
        _departing.Announce(before);
        long result = base.DeleteElement(key);
        _departing.Withdraw(before);
        return result;
    }

    /// <inheritdoc/>
    public override LoadedMap? GetInnerMap(ReadOnlySpan<byte> key)
    {
        fixed (byte* k = key)
        {
            return MapHandles.TryResolve((ulong)LookupElement(k, 0), out RuntimeMap? map) ? map : null;
        }
    }

    /// <inheritdoc/>
    protected override int ReadValue(byte* key, byte* value, ulong flags, int cpu)
    {
        byte* handle = LookupElement(key, cpu);
        if (handle is null)
        {
            return -Errno.Enoent;
        }

        *(uint*)value = InnerMaps.IdOf((ulong)handle);
        return 0;
    }

    /// <inheritdoc/>
    protected override int WriteValue(byte* key, byte* value, ulong flags, int cpu) => -Errno.Einval;

    /// <inheritdoc/>
    protected override int TakeValue(byte* key, byte* value, ulong flags, int cpu) => -Errno.Enotsupp;

    /// <inheritdoc/>
    protected override void Store(HashNode* node, byte* value) => *(ulong*)node->Value = *(ulong*)value;

    /// <inheritdoc/>
    protected override void Removed(HashNode* node)
    {
        ulong handle = *(ulong*)node->Value;
        if (MapHandles.TryResolve(handle, out RuntimeMap? map))
        {
            _departing.Add(map);
        }
    }

    /// <inheritdoc/>
    protected override void Free()
    {
        foreach (nint value in ValuesInUse())
        {
            if (MapHandles.TryResolve(*(ulong*)value, out RuntimeMap? map))
            {
                map.Dispose();
            }
        }

        base.Free();
    }
}
