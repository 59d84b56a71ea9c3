using BpfSharp.Diagnostics;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Helpers;

/// <summary>Loops by callback. Each round burns fuel, checked or not: verified does not mean brief.</summary>
internal static class LoopHelpers
{
    private const uint MaxRounds = 1u << 23;

    /// <summary>Their rows.</summary>
    public static HelperRow[] Rows { get; } =
    [
        new(181, "loop", Loop),
    ];

    private static ulong Loop(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        uint rounds = (uint)r1;
        if (r4 != 0)
        {
            return Answer.Of(-Errno.Einval);
        }

        if (rounds > MaxRounds)
        {
            return Answer.Of(-Errno.E2Big);
        }

        for (uint i = 0; i < rounds; i++)
        {
            run.Burn(1);
            if (run.Call(r2, i, r3) != 0)
            {
                return i + 1;
            }
        }

        return rounds;
    }
}
