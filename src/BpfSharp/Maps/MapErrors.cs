using System.Diagnostics;
using BpfSharp.Diagnostics;
using BpfSharp.Objects;

namespace BpfSharp.Maps;

/// <summary>The refusals of map views and hosts: wrong kind, wrong size, refused operation.</summary>
[StackTraceHidden]
public static class MapErrors
{
    /// <summary>A view was asked for that the kind of map does not have.</summary>
    public static BpfException WrongKind(MapSpec map, string view, ReadOnlySpan<MapType> allowed) => new(new Finding
    {
        Id = "BPF4001",
        Where = $"map '{map.Name}'",
        Message = $"it is a {map.Type}, {view} needs {string.Join(" or ", allowed.ToArray())}",
        Suggestion = "take the view that fits the map's type",
    });

    /// <summary>A type's size is not the map's.</summary>
    public static BpfException WrongSize(MapSpec map, string part, int mapBytes, Type type, int typeBytes) => new(new Finding
    {
        Id = "BPF4002",
        Where = $"map '{map.Name}'",
        Message = $"its {part} has {mapBytes} bytes, {type.Name} has {typeBytes}",
        Suggestion = "use an unmanaged type laid out as the program's C type, padding included",
    });

    /// <summary>An operation on a live map was refused.</summary>
    public static BpfException Refused(MapSpec map, string operation, int result) => new(new Finding
    {
        Id = "BPF4003",
        Where = $"map '{map.Name}'",
        Message = $"{operation} was refused with {Errno.NameOf(result)}",
        Facts = [$"{map.Type}, key {map.KeySize} bytes, value {map.ValueSize} bytes, {map.MaxEntries} entries, flags {map.Flags}"],
        Suggestion = Explain(map, -result),
    });

    /// <summary>A record is shorter than the type it is read as.</summary>
    public static BpfException ShortRecord(string map, int recordBytes, Type type, int typeBytes) => new(new Finding
    {
        Id = "BPF4004",
        Where = $"map '{map}'",
        Message = $"a record of {recordBytes} bytes was read as {type.Name}, which has {typeBytes}",
        Suggestion = "read the records as bytes, or use the type that the program writes",
    });

    /// <summary>The map's values cannot be opened as memory.</summary>
    public static BpfException NoMemory(MapSpec map) => new(new Finding
    {
        Id = "BPF4005",
        Where = $"map '{map.Name}'",
        Message = $"its values cannot be opened as memory: it is a {map.Type} with flags {map.Flags}",
        Suggestion = "declare it as an Array with the flag Mmapable (BPF_F_MMAPABLE)",
    });

    /// <summary>The map holds no records.</summary>
    public static BpfException NoRecords(MapSpec map) => new(new Finding
    {
        Id = "BPF4006",
        Where = $"map '{map.Name}'",
        Message = $"a {map.Type} has no such end to open",
        Suggestion = "records are read from RingBuffer and PerfEventArray, and written to UserRingBuffer",
    });

    /// <summary>The map's end is open already.</summary>
    public static BpfException OpenAlready(MapSpec map, string end) => new(new Finding
    {
        Id = "BPF4006",
        Where = $"map '{map.Name}'",
        Message = $"it has a {end} already, and can have one",
        Suggestion = $"share the open {end}, or dispose it first",
    });

    private static string? Explain(MapSpec map, int errno) => errno switch
    {
        Errno.E2Big => $"the map holds at most {map.MaxEntries} entries; make it larger before loading, or delete some",
        Errno.Enomem => "there is no memory for the element",
        Errno.Eperm => "the map is frozen or was created read-only for user space",
        Errno.Einval => "the key, the flags or the operation do not fit this kind of map",
        _ => null,
    };
}
