using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Maps;

/// <summary>The old storage per cgroup and program: in process there is one cgroup, so one value (per CPU slot).</summary>
internal sealed unsafe class CgroupStorageMap : RuntimeMap
{
    private readonly byte* _values;
    private readonly int _stride;
    private readonly int _copies;

    /// <summary>Makes storage of zeroes.</summary>
    public CgroupStorageMap(MapSpec spec) : base(spec)
    {
        _stride = Bytes.RoundUp8(spec.ValueSize);
        _copies = spec.Type == MapType.PerCpuCgroupStorage ? CpuSlots.Count : 1;
        _values = (byte*)NativeMemory.AllocZeroed((nuint)_copies, (nuint)_stride);
    }

    /// <inheritdoc/>
    public override int ValueBytes => _copies == 1 ? Spec.ValueSize : _copies * _stride;

    /// <summary>The value of a CPU slot.</summary>
    public byte* ValueAt(int cpu) => _values + (_copies == 1 ? 0 : cpu * (nint)_stride);

    /// <inheritdoc/>
    public override byte* LookupElement(byte* key, int cpu) => null;

    /// <inheritdoc/>
    public override long UpdateElement(byte* key, byte* value, ulong flags, int cpu) => -Errno.Einval;

    /// <inheritdoc/>
    public override long DeleteElement(byte* key) => -Errno.Einval;

    /// <inheritdoc/>
    public override bool Owns(byte* address, nuint bytes)
    {
        nuint length = (nuint)(_copies * _stride);
        nuint distance = (nuint)(address - _values);
        return distance < length && bytes <= length - distance;
    }

    /// <inheritdoc/>
    protected override byte* FindForUser(byte* key) => _values;

    /// <inheritdoc/>
    protected override void CopyOut(byte* element, byte* value)
    {
        if (_copies == 1)
        {
            base.CopyOut(element, value);
        }
        else
        {
            Bytes.Copy(element, value, _copies * _stride);
        }
    }

    /// <inheritdoc/>
    protected override void Free() => NativeMemory.Free(_values);
}
