namespace BpfSharp.Hosting;

/// <summary>Where a program sent a packet, as recorded by a host that has no devices.</summary>
/// <param name="Interface">Index of the device; 0 when a map decides.</param>
/// <param name="Map">Name of the device, CPU or socket map; <see langword="null"/> when a device was named.</param>
/// <param name="Key">Key in the map.</param>
/// <param name="Value">What the map holds for it: a device's index, a CPU's queue; 0 if a device was named.</param>
/// <param name="Flags">Flags the program gave.</param>
public sealed record Redirection(uint Interface, string? Map, uint Key, uint Value, ulong Flags);
