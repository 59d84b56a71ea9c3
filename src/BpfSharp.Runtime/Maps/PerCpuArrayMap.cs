using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Objects;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Maps;

/// <summary>Arrays with a value per CPU slot. The values of one slot stand together, so that two slots share no cache line.</summary>
internal sealed unsafe class PerCpuArrayMap : RuntimeMap
{
    private const int LineBytes = 64;

    private readonly Table* _table;
    private readonly byte* _values;
    private readonly nuint _bytes;
    private readonly int _stride;

    private delegate byte* Find(byte* table, byte* key, int cpu);

    [StructLayout(LayoutKind.Sequential)]
    private struct Table
    {
        public byte* Values;
        public nint CpuBytes;
        public nint Stride;
        public uint Count;
    }

    /// <summary>Makes an array of zeroes.</summary>
    public PerCpuArrayMap(MapSpec spec) : base(spec)
    {
        _stride = Bytes.RoundUp8(spec.ValueSize);
        nuint cpuBytes = ((spec.MaxEntries * (nuint)_stride) + LineBytes - 1) & ~(nuint)(LineBytes - 1);
        _bytes = cpuBytes * (nuint)CpuSlots.Count;
        _values = (byte*)NativeMemory.AllocZeroed(_bytes);
        _table = (Table*)NativeMemory.AllocZeroed((nuint)sizeof(Table));
        *_table = new Table { Values = _values, CpuBytes = (nint)cpuBytes, Stride = _stride, Count = spec.MaxEntries };
    }

    /// <inheritdoc/>
    public override int ValueBytes => _stride * CpuSlots.Count;

    /// <inheritdoc/>
    public override LookupShape LookupShape =>
        new(LookupKind.Static, (nuint)_table, Method: ((Find)FindValue).Method);

    /// <inheritdoc/>
    public override (nuint Start, nuint Bytes) FlatValues => ((nuint)_values, _bytes);

    /// <inheritdoc/>
    public override bool HasElements => true;

    /// <inheritdoc/>
    public override byte* LookupElement(byte* key, int cpu) => FindValue((byte*)_table, key, cpu);

    /// <inheritdoc/>
    public override byte* LookupElementOf(byte* key, int cpu) =>
        (uint)cpu < (uint)CpuSlots.Count ? FindValue((byte*)_table, key, cpu) : null;

    /// <inheritdoc/>
    public override long UpdateElement(byte* key, byte* value, ulong flags, int cpu) => Write(key, value, flags, cpu, allCpus: false);

    /// <inheritdoc/>
    public override long DeleteElement(byte* key) => -Errno.Einval;

    /// <inheritdoc/>
    public override bool Owns(byte* address, nuint bytes)
    {
        nuint distance = (nuint)(address - _values);
        return distance < _bytes && bytes <= _bytes - distance;
    }

    /// <inheritdoc/>
    public override bool NextElements(ref long cursor, int most, List<ElementRef> group) =>
        ArrayWalk.Next(ref cursor, most, group, Spec.MaxEntries, (nint)_values, _stride);

    /// <inheritdoc/>
    public override void CopyKey(ElementRef element, byte* to) => Unsafe.WriteUnaligned(to, (uint)element.Key);

    /// <inheritdoc/>
    public override byte* ValueOf(ElementRef element, int cpu) => (byte*)element.Value + (cpu * _table->CpuBytes);

    /// <inheritdoc/>
    protected override int WriteValue(byte* key, byte* value, ulong flags, int cpu) => (int)Write(key, value, flags, cpu, allCpus: true);

    /// <inheritdoc/>
    protected override int FollowingKey(byte* key, byte* following) => ArrayWalk.Following(Spec.MaxEntries, key, following);

    /// <inheritdoc/>
    protected override void CopyOut(byte* element, byte* value)
    {
        for (int cpu = 0; cpu < CpuSlots.Count; cpu++)
        {
            Bytes.Copy(element + (cpu * _table->CpuBytes), value + (cpu * _stride), _stride);
        }
    }

    /// <inheritdoc/>
    protected override void Free()
    {
        NativeMemory.Free(_values);
        NativeMemory.Free(_table);
    }

    private static byte* FindValue(byte* table, byte* key, int cpu)
    {
        Table* array = (Table*)table;
        uint index = Unsafe.ReadUnaligned<uint>(key);
        return index < array->Count ? array->Values + (cpu * array->CpuBytes) + (index * array->Stride) : null;
    }

    private long Write(byte* key, byte* value, ulong flags, int cpu, bool allCpus)
    {
        if (flags > MapOperation.Exist)
        {
            return -Errno.Einval;
        }

        byte* element = FindValue((byte*)_table, key, 0);
        if (element is null)
        {
            return -Errno.E2Big;
        }

        if (flags == MapOperation.NoExist)
        {
            return -Errno.Eexist;
        }

        if (!allCpus)
        {
            CopyIn(value, element + (cpu * _table->CpuBytes));
            return 0;
        }

        for (int slot = 0; slot < CpuSlots.Count; slot++)
        {
            CopyIn(value + (slot * _stride), element + (slot * _table->CpuBytes));
        }

        return 0;
    }
}
