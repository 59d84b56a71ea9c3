namespace BpfSharp.Verifier;

/// <summary>
/// An access that nothing proves inside its memory, accepted by <see cref="VerifierMode.InProcess"/> because an engine tests it when it
/// runs: the rest of the program needs no tests.
/// </summary>
/// <param name="Slot">The instruction.</param>
/// <param name="Region">Where the access must be when it runs; a run that is elsewhere ends with a fault.</param>
/// <param name="Map">For <see cref="CheckedRegion.MapValue"/>: the map, by its index in the object; else -1.</param>
public readonly record struct CheckedAccess(int Slot, CheckedRegion Region, int Map);

/// <summary>Where a <see cref="CheckedAccess"/> must be.</summary>
public enum CheckedRegion : byte
{
    /// <summary>Anywhere the program may reach; only loads.</summary>
    Anywhere,
    /// <summary>In the values of one map.</summary>
    MapValue,
    /// <summary>In the packet.</summary>
    Packet,
}
