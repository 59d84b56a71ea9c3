using BpfSharp.Hooks;

namespace BpfSharp.Packets;

/// <summary>What a program decided of a packet, for a capture that keeps it.</summary>
/// <param name="Type">The program's type.</param>
/// <param name="Value">What it returned.</param>
/// <param name="Name">The verdict for people: <c>XDP_DROP</c>, or why there is none.</param>
/// <param name="IsFault">Whether the run was stopped, so that there is no verdict.</param>
public readonly record struct PacketVerdict(ProgramType Type, ulong Value, string Name, bool IsFault = false);
