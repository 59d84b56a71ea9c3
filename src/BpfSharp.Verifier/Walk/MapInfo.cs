using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Verifier.Walk;

/// <summary>A map as the walk sees it: its shape and what lies in its values.</summary>
internal sealed class MapInfo
{
    public MapInfo(MapSpec spec, int index, SpecialFields fields, MapInfo? inner)
    {
        Spec = spec;
        Index = index;
        Fields = fields;
        Inner = inner;
        IsFrozen = spec.Role is MapRole.ReadOnlyData or MapRole.Kconfig
            && (spec.Flags & MapFlags.ReadOnlyProgram) != 0 && spec.Type == MapType.Array && spec.MaxEntries == 1;
    }

    public MapSpec Spec { get; }

    /// <summary>Position in the table of maps, inner ones included.</summary>
    public int Index { get; }

    public MapType Type => Spec.Type;

    public int KeySize => Spec.KeySize;

    public int ValueSize => Spec.ValueSize;

    /// <summary>Locks, timers, kernel pointers and the like in a value.</summary>
    public SpecialFields Fields { get; }

    public MapInfo? Inner { get; }

    /// <summary>Whether its bytes never change: loads are constants.</summary>
    public bool IsFrozen { get; }

    public bool IsReadOnlyForProgram => (Spec.Flags & MapFlags.ReadOnlyProgram) != 0;

    public bool IsWriteOnlyForProgram => (Spec.Flags & MapFlags.WriteOnlyProgram) != 0;

    public override string ToString() => $"map '{Spec.Name}'";
}
