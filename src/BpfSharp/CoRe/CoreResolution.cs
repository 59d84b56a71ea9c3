using BpfSharp.Objects;

namespace BpfSharp.CoRe;

/// <summary>What became of a CO-RE relocation.</summary>
/// <param name="Relocation">The relocation.</param>
/// <param name="Text">What it asks, in words: <c>offset of task_struct.pid</c>.</param>
/// <param name="Local">The value the compiler used, from the object's own types.</param>
/// <param name="Target">The target's value; <see langword="null"/> if the target has nothing of the kind.</param>
public sealed record CoreResolution(CoreRelocation Relocation, string Text, ulong Local, ulong? Target);
