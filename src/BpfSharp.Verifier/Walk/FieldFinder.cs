using BpfSharp.Objects;

namespace BpfSharp.Verifier.Walk;

/// <summary>Finds locks, timers, kernel pointers, lists and trees in the BTF type of a map's value.</summary>
internal static class FieldFinder
{
    public static SpecialFields Find(BpfObject obj, MapSpec map)
    {
        _ = obj;
        _ = map;
        return SpecialFields.None;
    }
}
