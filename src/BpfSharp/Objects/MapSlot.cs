namespace BpfSharp.Objects;

/// <summary>One slot of a map of maps or program array that is filled at load.</summary>
/// <param name="Index">Index of the slot.</param>
/// <param name="Target">Name of the map (for maps of maps) or program (for program arrays) in the same object.</param>
public readonly record struct MapSlot(uint Index, string Target);
