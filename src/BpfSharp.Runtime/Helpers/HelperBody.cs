using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Helpers;

/// <summary>Body of a helper or kernel function: always a static method, so that the JIT calls it directly.</summary>
/// <param name="run">The run.</param>
/// <param name="r1">First argument register; the others follow. Unused ones hold anything.</param>
/// <param name="r2">Second.</param>
/// <param name="r3">Third.</param>
/// <param name="r4">Fourth.</param>
/// <param name="r5">Fifth.</param>
/// <returns>What r0 becomes.</returns>
internal delegate ulong HelperBody(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5);
