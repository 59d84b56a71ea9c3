using System.Collections.Immutable;

namespace BpfSharp.Hooks;

/// <summary>What programs of a type may do with their context: a row of <see cref="ContextTable"/>.</summary>
/// <param name="Type">Program type.</param>
/// <param name="AttachTypes">Attach types the row is for; empty for all that have no row of their own.</param>
/// <param name="Reads">Loads allowed.</param>
/// <param name="Writes">Stores allowed.</param>
public sealed record ContextAccess(
    ProgramType Type, ImmutableArray<AttachType> AttachTypes, ImmutableArray<ContextRun> Reads, ImmutableArray<ContextRun> Writes)
{
    /// <summary>Whether a load is allowed, and what it gives.</summary>
    /// <param name="offset">Offset in bytes.</param>
    /// <param name="width">Bytes: 1, 2, 4 or 8.</param>
    /// <param name="run">The row that allows it.</param>
    public bool TryRead(int offset, int width, out ContextRun run) => TryFind(Reads, offset, width, out run);

    /// <summary>Whether a store is allowed.</summary>
    /// <param name="offset">Offset in bytes.</param>
    /// <param name="width">Bytes: 1, 2, 4 or 8.</param>
    public bool CanWrite(int offset, int width) => TryFind(Writes, offset, width, out _);

    private static bool TryFind(ImmutableArray<ContextRun> runs, int offset, int width, out ContextRun found)
    {
        foreach (ContextRun run in runs)
        {
            if (run.Has(offset, width))
            {
                found = run;
                return true;
            }
        }

        found = default;
        return false;
    }
}
