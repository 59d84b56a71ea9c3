namespace BpfSharp.Maps;

/// <summary>Where one record lies in a host's memory.</summary>
/// <param name="Address">Address of its first byte.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Cpu">The CPU that wrote it, where the host knows; else -1.</param>
public readonly record struct RecordSlice(nint Address, int Length, int Cpu);
