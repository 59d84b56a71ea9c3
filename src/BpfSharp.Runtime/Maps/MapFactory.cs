using BpfSharp.Btf;
using BpfSharp.Diagnostics;
using BpfSharp.Objects;

namespace BpfSharp.Runtime.Maps;

/// <summary>Makes maps by kind. To add a kind: derive from <see cref="RuntimeMap"/> and add a row.</summary>
internal static class MapFactory
{
    private static readonly Dictionary<BpfSharp.Maps.MapType, Func<MapSpec, BtfFile?, RuntimeMap>> s_kinds = [];

    /// <summary>Makes a map.</summary>
    /// <param name="spec">What it is to look like.</param>
    /// <param name="btf">The object's types, to find locks and timers in values; <see langword="null"/> without.</param>
    /// <exception cref="BpfException">The kind does not run in process (BPF4201), or its sizes are not allowed.</exception>
    public static RuntimeMap Create(MapSpec spec, BtfFile? btf) => s_kinds.TryGetValue(spec.Type, out Func<MapSpec, BtfFile?, RuntimeMap>? make)
        ? make(spec, btf)
        : throw new BpfException(new Finding
        {
            Id = "BPF4201",
            Where = $"map '{spec.Name}'",
            Message = $"maps of kind {spec.Type} do not run in process",
            Suggestion = $"kinds that do: {string.Join(", ", s_kinds.Keys.Order())}; or load the object in the kernel",
        });
}
