namespace BpfSharp.Objects;

/// <summary>Compares objects by what they hold.</summary>
internal static class ObjectComparer
{
    internal static string? FirstDifference(BpfObject a, BpfObject b)
    {
        if ((a.License, a.KernelVersion, a.IsBigEndian) != (b.License, b.KernelVersion, b.IsBigEndian))
        {
            return $"license, version or byte order: {a.License}, {a.KernelVersion:x} / {b.License}, {b.KernelVersion:x}";
        }

        if ((a.Btf is null) != (b.Btf is null)
            || (a.Btf is not null && !a.Btf.Data.Span.SequenceEqual(b.Btf!.Data.Span)))
        {
            return $"types: {a.Btf?.Data.Length ?? 0} bytes / {b.Btf?.Data.Length ?? 0} bytes";
        }

        return Sequence("map", a.Maps, b.Maps, (x, y) => Map(x, y))
            ?? Sequence("program", a.Programs, b.Programs, Program)
            ?? Sequence("extern", a.Externs, b.Externs, Record)
            ?? Sequence("configuration value", a.Kconfig, b.Kconfig, Record)
            ?? Sequence("global", a.Globals, b.Globals, (x, y) => Record(
                (x.Name, x.Map.Name, x.ByteOffset, x.Size, x.BtfTypeId), (y.Name, y.Map.Name, y.ByteOffset, y.Size, y.BtfTypeId)));
    }

    private static string? Map(MapSpec a, MapSpec b) =>
        Record((a.Name, a.Type, a.KeySize, a.ValueSize, a.MaxEntries, a.Flags), (b.Name, b.Type, b.KeySize, b.ValueSize, b.MaxEntries, b.Flags))
        ?? Record((a.Extra, a.NumaNode, a.Pinning, a.PinPath, a.Role, a.AutoCreate), (b.Extra, b.NumaNode, b.Pinning, b.PinPath, b.Role, b.AutoCreate))
        ?? Record((a.Name, a.KeyTypeId, a.ValueTypeId), (b.Name, b.KeyTypeId, b.ValueTypeId))
        ?? Sequence("slot", a.InitialSlots, b.InitialSlots, Record)
        ?? Sequence("member", a.StructOpsPrograms, b.StructOpsPrograms, Record)
        ?? Sequence("address", a.InitialAddresses, b.InitialAddresses, Record)
        ?? Inner(a, b)
        ?? (a.InitialData.AsSpan().SequenceEqual(b.InitialData) ? null : $"contents of {a.Name}");

    private static string? Inner(MapSpec a, MapSpec b) =>
        (a.InnerMap is null) != (b.InnerMap is null) ? $"inner map of {a.Name}"
        : a.InnerMap is null ? null : Map(a.InnerMap, b.InnerMap!);

    private static string? Program(ProgramSpec a, ProgramSpec b) =>
        Record((a.Name, a.Section, a.Type, a.AttachType, a.AttachTarget), (b.Name, b.Section, b.Type, b.AttachType, b.AttachTarget))
        ?? Record((a.Name, a.Flags, a.AutoLoad), (b.Name, b.Flags, b.AutoLoad))
        ?? Sequence($"{a.Name} instruction", a.Instructions, b.Instructions, Record)
        ?? Sequence($"{a.Name} subprogram", a.Subprograms, b.Subprograms, Record)
        ?? Sequence($"{a.Name} line", a.Lines, b.Lines, Record)
        ?? Sequence($"{a.Name} relocation", a.CoreRelocations, b.CoreRelocations, Record);

    private static string? Record<T>(T a, T b)
        where T : notnull => a.Equals(b) ? null : $"{a} / {b}";

    private static string? Sequence<T>(string what, IEnumerable<T> first, IEnumerable<T> second, Func<T, T, string?> compare)
    {
        T[] a = [.. first];
        T[] b = [.. second];
        if (a.Length != b.Length)
        {
            return $"number of {what}s: {a.Length} / {b.Length}";
        }

        for (int i = 0; i < a.Length; i++)
        {
            if (compare(a[i], b[i]) is { } difference)
            {
                return $"{what} {i}: {difference}";
            }
        }

        return null;
    }
}
