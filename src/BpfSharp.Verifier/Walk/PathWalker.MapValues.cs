using BpfSharp.Verifier.Domains;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

/// <remarks>Values of maps: constants of read-only ones, fields only helpers may touch.</remarks>
internal sealed partial class PathWalker
{
    private RegisterState ReadMapValue(in RegisterState pointer, int offset, int size, bool signExtends)
    {
        MapInfo map = _program.Maps[pointer.Object];
        if (map.IsWriteOnlyForProgram)
        {
            throw Reject(FindingIds.ReadOnly, $"load from {map}, which programs may only write");
        }

        int fixedOffset = pointer.Offset + offset;
        if (KptrAt(map.Fields, pointer, offset, size) is { } field)
        {
            return LoadKptr(pointer, field);
        }

        CheckRegion(pointer, fixedOffset, size, map.ValueSize, FindingIds.MapBounds);
        RequireNoSpecialField(map.Fields, pointer, fixedOffset, size);
        if (map.IsFrozen && pointer.Range.IsConst && map.Spec.Role == Objects.MapRole.ReadOnlyData)
        {
            int at = fixedOffset + (int)pointer.Range.ConstValue;
            ReadOnlySpan<byte> data = map.Spec.InitialData;
            if (at >= 0 && at + size <= data.Length)
            {
                return RegisterState.Const(ConstantAt(data[at..], size, signExtends));
            }
        }

        return _program.FindKernelVersion(map, pointer, fixedOffset, size) is { } version
            ? RegisterState.Number(ScalarRange.Unsigned(version, version | 0xff))
            : RegisterState.UnknownScalar;
    }

    private static ulong ConstantAt(ReadOnlySpan<byte> data, int size, bool signExtends)
    {
        ulong value = 0;
        for (int i = size - 1; i >= 0; i--)
        {
            value = value << 8 | data[i];
        }

        if (signExtends)
        {
            int shift = 64 - (size * 8);
            value = (ulong)((long)(value << shift) >> shift);
        }

        return value;
    }

    private void WriteMapValue(in RegisterState pointer, int offset, int size, in RegisterState value, int source)
    {
        MapInfo map = _program.Maps[pointer.Object];
        if (map.IsReadOnlyForProgram)
        {
            throw Reject(FindingIds.ReadOnly, $"store to {map}, which programs may only read");
        }

        if (KptrAt(map.Fields, pointer, offset, size) is { } field)
        {
            StoreKptr(field, value);
            return;
        }

        CheckRegion(pointer, pointer.Offset + offset, size, map.ValueSize, FindingIds.MapBounds);
        RequireNoSpecialField(map.Fields, pointer, pointer.Offset + offset, size);
    }

    private void RequireNoSpecialField(SpecialFields fields, in RegisterState pointer, int offset, int size)
    {
        if (FindSpecialField(fields, pointer, offset, size) is { } field)
        {
            throw Reject(
                FindingIds.SpecialField, $"direct access to the {field.Kind} at offset {field.Offset} of {Describe(pointer)}",
                "only its helpers may touch it");
        }
    }

    private static SpecialField? FindSpecialField(SpecialFields fields, in RegisterState pointer, int offset, int size)
    {
        long from = pointer.Range.SMin + offset;
        long to = (long)pointer.Range.UMax + offset + size;
        foreach (SpecialField field in fields.All)
        {
            if (from < field.Offset + field.Size && field.Offset < to)
            {
                return field;
            }
        }

        return null;
    }
}
